"""From the outbox to a mail server and back to what a teacher reads beside the slot."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from idp.kernel import outbox
from idp.kernel.db import Database
from idp.kernel.mail import Mailer, enqueue_mail
from idp.kernel.outbox import CARE, Outcome
from idp.kernel.transports import UNREACHABLE, SmtpTransport
from idp.kernel.worker import Worker
from tests.mail_servers import Arrived, MailServer, ScriptedServer, a_certificate
from tests.unit.kernel.mails import a_composer
from tests.unit.kernel.rows import NOW, RING, SECOND, rows

FACTS = {"first_name": "Noor", "school": "De Bron", "path": "/activeer/ln_x"}


def _queue(database: Database, slot: str = "slot:a", to: str = "jan@voorbeeld.nl") -> None:
    with database.write() as db:
        enqueue_mail(db, RING, to, "activate", FACTS, locale="nl", now=NOW, ref=slot)


def _mailer(database: Database, url: str) -> Worker:
    return Worker(database, RING, {"mail": Mailer(a_composer(), (SmtpTransport(url),))})


def _beside(database: Database, slot: str = "slot:a") -> Outcome:
    with database.read() as db:
        return outbox.latest(db, [slot])[slot]


def _work_until(database: Database, worker: Worker, done: Callable[[], bool]) -> datetime:
    """Let time pass from one due row to the next."""
    at = NOW
    for _ in range(200):
        worker.run_once(at)
        if done():
            return at
        at = max(at, min(kept.due_at for kept in rows(database) if kept.state == "queued"))
    raise AssertionError("never")


def test_the_slot_says_that_the_mail_went(database: Database) -> None:
    _queue(database)
    assert _beside(database).state == "queued"
    with MailServer() as server:
        _mailer(database, server.url()).run_once(NOW)
    assert _beside(database).state == "done"
    assert len(server.arrived) == 1


def test_a_refusal_is_shown_in_the_servers_words_without_the_address(database: Database) -> None:
    _queue(database)
    with ScriptedServer(RCPT="550-5.1.1 <jan@voorbeeld.nl>: Recipient\r\n550 5.1.1 address rejected") as server:
        worker = _mailer(database, f"smtp://127.0.0.1:{server.port}")
        assert worker.run_once(NOW) == 1
        assert worker.run_once(NOW + timedelta(days=1)) == 0
    found = _beside(database)
    assert (found.state, found.outcome, found.attempts) == (
        "failed",
        "550 5.1.1 <…>: Recipient 5.1.1 address rejected",
        1,
    )
    assert rows(database)[0].payload is None


def test_a_mail_that_is_put_off_comes_again_under_the_same_message_id(database: Database) -> None:
    tries: list[Arrived] = []

    def answer(mail: Arrived) -> str | None:
        tries.append(mail)
        return "451 4.7.1 greylisted, jan@voorbeeld.nl" if len(tries) < 4 else None

    _queue(database)
    with MailServer(answer=answer) as server:
        worker = _mailer(database, server.url())
        worker.run_once(NOW)
        assert _beside(database) == Outcome("queued", "451 4.7.1 greylisted, …", NOW, 1)
        ended = _work_until(database, worker, lambda: bool(server.arrived))
    assert len({mail.message["Message-ID"] for mail in tries}) == 1
    assert len({mail.message["Date"] for mail in tries}) == 1
    assert ended - NOW == timedelta(seconds=sum(CARE["mail"].waits[:3]))
    assert _beside(database).state == "done"


def test_two_mails_to_one_address_are_two_mails(database: Database) -> None:
    _queue(database)
    _queue(database)
    with MailServer() as server:
        _mailer(database, server.url()).run_once(NOW)
    assert len({mail.message["Message-ID"] for mail in server.arrived}) == 2


def test_our_own_wrong_password_is_mended_and_every_mail_leaves(database: Database, tmp_path: Path) -> None:
    for number in range(5):
        _queue(database, f"slot:{number}", f"{number}@voorbeeld.nl")
    with MailServer(a_certificate(tmp_path), "goed") as server:
        wrong = _mailer(database, server.url("sleutelbos:fout"))
        for hours in range(0, 72, 6):  # a weekend
            wrong.run_once(NOW + timedelta(hours=hours))
        assert {kept.state for kept in rows(database)} == {"queued"}
        assert str(_beside(database, "slot:0").outcome).startswith("535 ")
        _mailer(database, server.url("sleutelbos:goed")).run_once(NOW + timedelta(hours=72))
    assert sorted(mail.to[0] for mail in server.arrived) == [f"{number}@voorbeeld.nl" for number in range(5)]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_that_goes_and_comes_back_gets_every_mail_once(database: Database) -> None:
    server = MailServer().start()
    worker = _mailer(database, server.url())
    for number in range(6):
        _queue(database, f"slot:{number}", f"{number}@voorbeeld.nl")
    server.answer = lambda mail: None if mail.to[0] in ("0@voorbeeld.nl", "1@voorbeeld.nl") else "421 going down"
    worker.run_once(NOW)
    server.stop()
    for seconds in range(0, 60, 5):
        worker.run_once(NOW + seconds * SECOND)
    states = {kept.ref: (kept.state, kept.outcome) for kept in rows(database)}
    assert [states[f"slot:{number}"][0] for number in range(6)] == ["done"] * 2 + ["queued"] * 4
    assert states["slot:5"][1] == UNREACHABLE
    server.answer = lambda mail: None
    server.start()
    try:
        ended = _work_until(database, worker, lambda: {kept.state for kept in rows(database)} == {"done"})
    finally:
        server.stop()
    assert sorted(mail.to[0] for mail in server.arrived) == [f"{number}@voorbeeld.nl" for number in range(6)]
    assert ended - NOW < timedelta(minutes=10)
