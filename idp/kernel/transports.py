"""Where a mail goes: through SMTP to the world, or into the demo's mailbox."""

import contextlib
import re
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import Connection, String, Text, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.clock import now as clock_now
from idp.kernel.db import Base, Database, Id, Json, insert_into
from idp.kernel.outbox import Delivered, Refused, Result, Retry
from idp.kernel.words import msgid

log = structlog.get_logger()

SMTP_TIMEOUT_S = 20

UNREACHABLE = msgid("De mailserver is nu niet bereikbaar. We proberen het vanzelf opnieuw.")
NOT_OFFERED = msgid("De mailserver biedt geen versleutelde verbinding aan, of geen manier van inloggen die we kennen.")
UNTRUSTED = msgid("Het certificaat van de mailserver klopt niet.")


class Transport(Protocol):
    """Where a message goes."""

    def send(self, message: EmailMessage) -> Result:
        """Hand the message over."""


class SmtpTransport:
    """SMTP with STARTTLS (smtp://), or TLS from the start (smtps://). Raises ValueError for any other address.

    The server's certificate is checked (SSL_CERT_FILE names an authority of your own) and plain SMTP is refused, except
    towards this machine itself, where nobody stands in between.
    """

    def __init__(self, url: str, *, verify: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("write IDP_SMTP_URL as smtp://user:password@host:587 or smtps://host:465")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._here = _is_this_machine(self._host)
        self._context = verify or ssl.create_default_context()
        if self._here and verify is None:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE

    def send(self, message: EmailMessage) -> Result:
        """One connection, one message. A 5xx answer about the recipient or the mail is final; all else is tried again.

        What the server says before that (its greeting, our password, our sender's address) is not the mail's fault.
        """
        server: smtplib.SMTP | None = None
        try:
            server = self._connect()
            self._sign_in(server)
            server.send_message(message, to_addrs=[message["To"].addresses[0].addr_spec])
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            return _judge(code, words)
        except smtplib.SMTPDataError as answer:
            return _judge(answer.smtp_code, answer.smtp_error)
        except smtplib.SMTPResponseException as answer:
            return Retry(_shown(answer.smtp_code, answer.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            log.warning("mail.unreachable", host=self._host, port=self._port, error=type(error).__name__)
            return Retry(_reason(error))
        finally:
            if server is not None:
                _leave(server)
        return Delivered()

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=SMTP_TIMEOUT_S, context=self._context)
        return smtplib.SMTP(self._host, self._port, timeout=SMTP_TIMEOUT_S)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._tls and (server.has_extn("starttls") or not self._here):
            server.starttls(context=self._context)  # SMTPNotSupportedError: not offered
            server.ehlo()
        if self._user:
            server.login(self._user, self._password)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _leave(server: smtplib.SMTP) -> None:
    # How the server says goodbye changes nothing about a mail that it took or refused.
    with contextlib.suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _judge(code: int, words: bytes | str) -> Result:
    """53x: it wants another password or encryption from us, wherever in the conversation it says so (RFC 4954 6)."""
    final = code >= 500 and code not in (530, 534, 535, 538)
    return Refused(_shown(code, words)) if final else Retry(_shown(code, words))


def _shown(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NOT_OFFERED
    return UNTRUSTED if isinstance(error, ssl.SSLCertVerificationError) else UNREACHABLE


class DemoMail(Base):
    """A mail that left the outbox in a demo, for /demo/postvak."""

    __tablename__ = "demo_mail"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    links: Mapped[list[str]] = mapped_column(Json)
    sent_at: Mapped[datetime] = mapped_column(index=True)


class DemoMailbox:
    """Keeps what leaves, for the demo's mailbox page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, message: EmailMessage) -> Result:
        """Store it; the same message twice is stored once."""
        text_part, html_part = message.get_body(("plain",)), message.get_body(("html",))
        text = text_part.get_content() if text_part else ""
        values = {
            "id": str(message["Message-ID"]).strip("<>").partition("@")[0],
            "recipient": str(message["To"].addresses[0].addr_spec),
            "subject": str(message["Subject"]),
            "text": text,
            "html": html_part.get_content() if html_part else "",
            "links": re.findall(r"https?://\S+", text),
            "sent_at": clock_now(),
        }
        with self._database.write() as db:
            db.execute(insert_into(db, DemoMail).values(values).on_conflict_do_nothing(index_elements=["id"]))
        return Delivered()


def newest(db: Connection, most: int = 200) -> list[dict[str, Any]]:
    """The demo mailbox, newest first: to, subject, text, html, links, sent_at."""
    columns = (DemoMail.recipient, DemoMail.subject, DemoMail.text, DemoMail.html, DemoMail.links, DemoMail.sent_at)
    rows = db.execute(select(*columns).order_by(DemoMail.sent_at.desc()).limit(most))
    return [
        {
            "to": row[0],
            "subject": row[1],
            "text": row[2],
            "html": row[3],
            "links": row[4],
            "sent_at": row[5].isoformat(),
        }
        for row in rows
    ]


def forget_demo_mail(db: Connection, recipient: str | None, containing: str = "") -> None:
    """Take mail to this address (None: to anybody) with this text in it out of the demo's mailbox."""
    said = or_(
        DemoMail.text.contains(containing, autoescape=True), DemoMail.subject.contains(containing, autoescape=True)
    )
    mine = delete(DemoMail).where(said)
    db.execute(mine if recipient is None else mine.where(DemoMail.recipient == recipient))
