"""Mail: a template and facts become a message, which leaves through SMTP or stays in the demo's mailbox.

The only place that knows the base URL: whoever queues a mail gives paths, so that no Host header ever reaches a mail.
"""

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Connection, String, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.clock import now as clock_now
from idp.kernel.db import Base, Database, Id, Json
from idp.kernel.outbox import Delivered, Refused, Result, Retry, enqueue
from idp.kernel.secrets import KeyRing, new_id
from idp.kernel.words import catalog

SMTP_TIMEOUT_S = 20
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


def enqueue_mail(
    db: Connection,
    keyring: KeyRing,
    to: str,
    template: str,
    facts: Mapping[str, Any],
    *,
    locale: str,
    now: datetime,
    ref: str | None = None,
    once: str | None = None,
) -> None:
    """Queue one mail to one address in this transaction. `template` is a folder of templates/mail."""
    # The same row always makes the same Message-ID, so that a mail sent twice can be told from two mails.
    payload = {"id": new_id(), "to": to, "template": template, "facts": dict(facts), "locale": locale}
    enqueue(db, keyring, "mail", payload, now=now, ref=ref, once=once)


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


class Transport(Protocol):
    """Where a message goes."""

    def send(self, message: EmailMessage) -> Result:
        """Hand the message over."""


class Composer:
    """Makes messages. `base_url` has no slash at its end; `sender` is a display name with an address."""

    def __init__(self, base_url: str, sender: str, templates: Path) -> None:
        self._base_url = base_url
        self._name, self._address = parseaddr(sender)
        self._environments = {locale: self._environment(templates, locale) for locale in ("nl", "en")}

    @staticmethod
    def _environment(templates: Path, locale: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(templates / "mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(catalog(locale), newstyle=True)  # type: ignore[attr-defined]
        return environment

    def compose(self, payload: Mapping[str, Any], at: datetime) -> EmailMessage:
        """The message of one outbox row. Raises ValueError when an address or subject cannot stand in a header."""
        environment = self._environments.get(payload["locale"], self._environments["nl"])
        facts = {"base_url": self._base_url, "locale": payload["locale"], **payload["facts"]}
        folder = payload["template"]
        parts = {
            name: environment.get_template(f"{folder}/{name}").render(facts)
            for name in ("subject.txt", "body.txt", "body.html")
        }
        local, _, domain = payload["to"].rpartition("@")
        message = EmailMessage()
        message["From"] = Address(self._name, addr_spec=self._address)
        message["To"] = Address(username=local, domain=domain)
        message["Subject"] = " ".join(parts["subject.txt"].split())
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{payload['id']}@{urlsplit(self._base_url).hostname}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(parts["body.txt"])
        message.add_alternative(parts["body.html"], subtype="html")
        return message


@dataclass(frozen=True, slots=True)
class Mailer:
    """The outbox handler of kind "mail"."""

    composer: Composer
    transports: tuple[Transport, ...]

    def __call__(self, payload: Mapping[str, Any], attempts: int) -> Result:
        if not self.transports:
            return Retry("no mail server is set (IDP_SMTP_URL)")
        try:
            message = self.composer.compose(payload, clock_now())
        except ValueError as error:
            return Refused(f"the address cannot be written in a mail: {type(error).__name__}")
        result: Result = Delivered()
        for transport in self.transports:
            result = transport.send(message)
            if not isinstance(result, Delivered):
                break
        return result


class SmtpTransport:
    """SMTP with STARTTLS (smtp://), or TLS from the start (smtps://)."""

    def __init__(self, url: str, *, verify: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("write IDP_SMTP_URL as smtp://user:password@host:587 or smtps://host:465")
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._context = verify or ssl.create_default_context()

    def send(self, message: EmailMessage) -> Result:
        """One connection, one message. A 5xx answer is final, anything else is tried again."""
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, words = next(iter(refused.recipients.values()))
            return _judge(code, words)
        except smtplib.SMTPResponseException as answer:
            return _judge(answer.smtp_code, answer.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return Retry(f"the mail server cannot be reached ({type(error).__name__})")
        return Delivered()

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=SMTP_TIMEOUT_S, context=self._context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=SMTP_TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=self._context)
                server.ehlo()
            elif self._user:
                server.close()
                raise smtplib.SMTPNotSupportedError("a password is set, and the server offers no STARTTLS")
        if self._user:
            server.login(self._user, self._password)
        return server


def _judge(code: int, words: bytes | str) -> Result:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    shown = f"{code} {_ADDRESS.sub('…', ' '.join(text.split()))}"
    # 535 and the like say that our own password is wrong: the mail is not to blame, and must not be lost.
    return Refused(shown) if code >= 500 and code not in (530, 534, 535, 538) else Retry(shown)


class DemoMailbox:
    """Keeps what leaves, for the demo's mailbox page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, message: EmailMessage) -> Result:
        """Store it; the same message twice is stored once."""
        text_part, html_part = message.get_body(("plain",)), message.get_body(("html",))
        text = text_part.get_content() if text_part else ""
        identifier = str(message["Message-ID"]).strip("<>").partition("@")[0]
        values = {
            "id": identifier,
            "recipient": str(message["To"].addresses[0].addr_spec),
            "subject": str(message["Subject"]),
            "text": text,
            "html": html_part.get_content() if html_part else "",
            "links": re.findall(r"https?://\S+", text),
            "sent_at": clock_now(),
        }
        with self._database.write() as db:
            if db.execute(select(DemoMail.id).where(DemoMail.id == identifier)).first() is None:
                db.execute(insert(DemoMail).values(values))
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
