"""A mail reaches a real server, encrypted, once; whatever goes wrong before that loses none."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from idp.kernel import clock, transports
from idp.kernel.db import Database
from idp.kernel.outbox import Delivered, Refused, Retry
from idp.kernel.transports import NOT_OFFERED, UNREACHABLE, UNTRUSTED, DemoMail, DemoMailbox, SmtpTransport, newest
from tests.loopback import free_port
from tests.mail_servers import Certificate, MailServer, ScriptedServer, a_certificate
from tests.unit.kernel.mails import BASE, SENDER, a_composer, a_payload, part_of

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

LOGIN = "sleutelbos:geheim%3Aw%40chtwoord"  # "geheim:w@chtwoord", as it is written in a URL
PASSWORD = "geheim:w@chtwoord"
ELSEWHERE = "127.1"
"""Leads to this machine as well, and is not known for it: to us, a server somewhere."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return a_certificate(tmp_path_factory.mktemp("tls"))


MESSAGE = a_composer().compose(a_payload("activate"))


def _scripted(**replies: str) -> tuple[object, list[str]]:
    with ScriptedServer(**replies) as server:
        return SmtpTransport(f"smtp://127.0.0.1:{server.port}").send(MESSAGE), server.said


@pytest.mark.parametrize("from_the_start", [False, True], ids=["starttls", "smtps"])
def test_a_mail_arrives_as_it_was_made_encrypted_and_under_our_name(
    certificate: Certificate, from_the_start: bool
) -> None:
    with MailServer(certificate, PASSWORD, from_the_start) as server:
        assert SmtpTransport(server.url(LOGIN), verify=certificate.trusting).send(MESSAGE) == Delivered()
    (mail,) = server.arrived
    assert mail.to == ["jan@voorbeeld.nl"]
    assert mail.encrypted
    assert mail.user == "sleutelbos"
    assert mail.message["From"].addresses[0].addr_spec == SENDER
    assert mail.message["Subject"] == "Noor kan ook thuis inloggen"
    for kind in ("plain", "html"):
        assert part_of(mail.message, kind) == part_of(MESSAGE, kind)


def test_a_server_on_this_machine_needs_no_encryption_and_no_known_certificate(certificate: Certificate) -> None:
    for server in (MailServer(), MailServer(password=PASSWORD), MailServer(certificate, PASSWORD)):
        with server:
            login = LOGIN if server.password else ""
            assert SmtpTransport(server.url(login)).send(MESSAGE) == Delivered()
        assert len(server.arrived) == 1


def test_a_server_elsewhere_is_trusted_by_its_certificate_alone(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = a_certificate(tmp_path, ELSEWHERE)
    for shown, result in ((certificate, Retry(UNTRUSTED)), (named, Delivered())):
        monkeypatch.setenv("SSL_CERT_FILE", str(named.file))
        with MailServer(shown, PASSWORD) as server:
            assert SmtpTransport(f"smtp://{LOGIN}@{ELSEWHERE}:{server.port}").send(MESSAGE) == result
        assert len(server.arrived) == (1 if result == Delivered() else 0)


def test_nothing_goes_elsewhere_unencrypted() -> None:
    """A server, or somebody in between, that says nothing of STARTTLS."""
    with ScriptedServer(EHLO="250-voorbeeld\r\n250 AUTH PLAIN LOGIN") as server:
        for login in ("", f"{LOGIN}@"):
            url = f"smtp://{login}{ELSEWHERE}:{server.port}"
            assert SmtpTransport(url).send(MESSAGE) == Retry(NOT_OFFERED)
    assert set(server.said) == {"EHLO", "QUIT"}


def test_a_certificate_that_is_not_the_servers_stops_the_password_too(certificate: Certificate, tmp_path: Path) -> None:
    other = a_certificate(tmp_path)
    for from_the_start in (False, True):
        with MailServer(certificate, PASSWORD, from_the_start) as server:
            assert SmtpTransport(server.url(LOGIN), verify=other.trusting).send(MESSAGE) == Retry(UNTRUSTED)
        assert server.arrived == []


def test_our_own_wrong_password_loses_no_mail(certificate: Certificate) -> None:
    with MailServer(certificate, PASSWORD) as server:
        answer = SmtpTransport(server.url("sleutelbos:fout"), verify=certificate.trusting).send(MESSAGE)
        assert isinstance(answer, Retry)
        assert answer.outcome.startswith("535 ")
        assert "fout" not in answer.outcome
        assert SmtpTransport(server.url(LOGIN), verify=certificate.trusting).send(MESSAGE) == Delivered()
    assert len(server.arrived) == 1


def test_a_password_for_a_server_that_asks_for_none_waits_for_somebody_to_look() -> None:
    with ScriptedServer() as server:
        assert SmtpTransport(f"smtp://{LOGIN}@127.0.0.1:{server.port}").send(MESSAGE) == Retry(NOT_OFFERED)
    assert "MAIL" not in server.said


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("RCPT", "550 5.1.1 No such user here"),
        ("RCPT", "553-5.1.3 The address\r\n553 is not known"),
        ("DATA", "554 5.7.1 Not this mail"),
        ("DOT", "550 5.7.1 Looks like spam"),
    ],
)
def test_a_no_to_the_recipient_or_the_mail_is_final(step: str, reply: str) -> None:
    answer, _ = _scripted(**{step: reply})
    assert isinstance(answer, Refused)
    assert answer.outcome.startswith(reply[:3])
    assert reply.rsplit(" ", 1)[-1] in answer.outcome


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("GREETING", "554 no service for you"),
        ("GREETING", "421 too busy"),
        ("MAIL", "550 5.7.1 sender not allowed"),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first"),
        ("MAIL", "451 later"),
        ("RCPT", "450 4.2.0 greylisted"),
        ("RCPT", "452 mailbox full"),
        ("RCPT", "421 going down"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("DATA", "451 later"),
        ("DOT", "452 4.3.1 disk full"),
        ("DOT", "421 going down"),
    ],
)
def test_anything_else_that_the_server_says_is_tried_again(step: str, reply: str) -> None:
    answer, _ = _scripted(**{step: reply})
    assert isinstance(answer, Retry)
    assert answer.outcome.startswith(reply[:3])


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_a_server_that_hangs_up_is_tried_again(step: str) -> None:
    answer, _ = _scripted(**{step: ""})
    assert isinstance(answer, Retry)


@pytest.mark.parametrize("goodbye", ["", "421 bye", "550 how rude", "nonsense"])
def test_how_the_server_says_goodbye_changes_nothing(goodbye: str) -> None:
    assert _scripted(QUIT=goodbye)[0] == Delivered()
    refused, _ = _scripted(QUIT=goodbye, RCPT="550 no such user")
    assert isinstance(refused, Refused)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    assert SmtpTransport(f"smtp://127.0.0.1:{free_port()}").send(MESSAGE) == Retry(UNREACHABLE)
    assert SmtpTransport("smtp://mail.invalid:25").send(MESSAGE) == Retry(UNREACHABLE)


def test_a_server_that_says_nothing_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "SMTP_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert SmtpTransport(f"smtp://127.0.0.1:{silent.getsockname()[1]}").send(MESSAGE) == Retry(UNREACHABLE)


@pytest.mark.parametrize("url", ["", "mail.voorbeeld.nl", "http://mail.voorbeeld.nl", "smtp://", "smtp://x:99999"])
def test_an_address_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError):
        SmtpTransport(url)


def test_the_demo_keeps_a_mail_once_however_often_it_is_delivered(database: Database) -> None:
    mailbox = DemoMailbox(database)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(mailbox.send, [MESSAGE] * 8)) == {Delivered()}
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(DemoMail)).scalar() == 1
        (kept,) = newest(db)
    assert kept["to"] == "jan@voorbeeld.nl"
    assert kept["subject"] == "Noor kan ook thuis inloggen"
    assert kept["links"] == [f"{BASE}/activeer/ln_x"]
    assert f"{BASE}/activeer/ln_x" in kept["html"]
    assert kept["text"].startswith("Noor kan ook thuis inloggen\n")


def test_the_demo_shows_the_newest_mail_first(database: Database) -> None:
    composer, at = a_composer(), datetime(2025, 9, 1, tzinfo=UTC)
    for number in (2, 1, 3):
        with clock.frozen(at + timedelta(minutes=number)):
            DemoMailbox(database).send(composer.compose(a_payload("reset", id=f"m{number}", to=f"{number}@x.nl")))
    with database.read() as db:
        assert [mail["to"] for mail in newest(db)] == ["3@x.nl", "2@x.nl", "1@x.nl"]
        assert newest(db, 1)[0]["sent_at"] == "2025-09-01T00:03:00+00:00"
