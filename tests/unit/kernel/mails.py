"""Builders of mails, and what a mail program would see of them."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from idp.kernel.mail import MAILS, Composer
from idp.kernel.outbox import Delivered, Result

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
BASE = "https://inloggen.school.voorbeeld"
SENDER = "niet-beantwoorden@school.voorbeeld"
NOW = datetime(2025, 10, 24, 8, 30, tzinfo=UTC)
TOLD: dict[str, Any] = {"first_name": "Noor", "school": "De Bron", "path": "/activeer/ln_x", "minutes": 5}
TAGS = {"html", "head", "meta", "title", "body", "div", "h1", "p", "a", "bdi"}
"""All that a mail of ours is made of: nothing to load, nothing to run."""


def a_composer() -> Composer:
    """The product's own templates, for BASE."""
    return Composer(BASE, f"Sleutelbos <{SENDER}>", TEMPLATES)


def a_payload(template: str, **changed: Any) -> dict[str, Any]:
    """An outbox payload of a mail to jan@voorbeeld.nl that is told what it needs."""
    row = {"id": "m1", "to": "jan@voorbeeld.nl", "template": template, "locale": "nl", "queued_at": NOW.isoformat()}
    return row | {"facts": {name: TOLD[name] for name in MAILS[template].needs}} | changed


def read_again(message: EmailMessage) -> EmailMessage:
    """The message as a server gets it, read again."""
    raw = message.as_bytes(policy=policy.SMTP)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998  # RFC 5322 2.1.1
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def part_of(message: EmailMessage, kind: str) -> str:
    """Its "plain" or "html" form."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """What stands in an HTML mail; fails when an element is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self._open = "", list[str](), set[str](), list[str]()
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


class Sink:
    """A transport that keeps what it gets and answers as it is told."""

    def __init__(self, answer: Result | None = None) -> None:
        self.answer, self.got = answer or Delivered("ok"), list[EmailMessage]()

    def send(self, message: EmailMessage) -> Result:
        self.got.append(message)
        return self.answer
