"""Mail: a template and facts become a message, which leaves through a transport (`idp.kernel.transports`).

The only place that knows the base URL: whoever queues a mail gives paths, so that no Host header ever reaches a mail.
A mail is queued in the transaction that causes it, and rendered when it leaves.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import babel.dates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Connection

from idp.kernel import outbox, throttle
from idp.kernel.needed import WhenNeeded
from idp.kernel.outbox import Delivered, Refused, Result, Retry
from idp.kernel.secrets import KeyRing, new_id
from idp.kernel.transports import Transport
from idp.kernel.words import LOCALES, catalog, msgid

if TYPE_CHECKING:
    from email.headerregistry import Address

headers = WhenNeeded("email.headerregistry")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a mail must be told, and what it may be told. Its link leads to the fact `path`, or else to `leads_to`."""

    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset({"path"})
    leads_to: str = "/"


_CHILD = frozenset({"first_name", "school"})
"""All that a mail ever says of a child."""

MAILS = {
    "activate": Facts(_CHILD | {"path"}),  # a new address: choose a password
    "confirm": Facts(_CHILD | {"path"}),  # the address has an account: is this your child?
    "second_home": Facts(_CHILD, leads_to="/ouder"),  # to a child's other account: somebody else took the child on
    "child_refused": Facts(frozenset({"first_name", "path"})),  # to the teacher: "not my child"
    "child_locked": Facts(frozenset({"first_name"}), frozenset({"minutes", "path"}), "/ouder"),  # to the parent
    "account_deleted": Facts(may=frozenset({"asked"})),  # asked: "forget me"; otherwise its last child went
    "passkey_changed": Facts(leads_to="/ouder"),
    "address_new": Facts(frozenset({"path"})),  # to the new one: is this your mailbox?
    "reset": Facts(frozenset({"path"})),
    "password_changed": Facts(),  # ASVS 6.3.7, this one and the next
    "address_changed": Facts(),
    "factor_changed": Facts(),  # to staff, as is the next
    "factors_reset": Facts(),
    "sign_in_trouble": Facts(),  # ASVS 6.3.5
    "staff_invited": Facts(frozenset({"first_name", "school", "path"})),
}
"""Every mail of the product: a folder of templates/mail, and its facts."""

LONGEST_NAME = 80
"""A name in a mail is cut here: beyond it nobody reads on, and subjects become unreadable."""

TIME_ZONE = babel.dates.get_timezone("Europe/Amsterdam")

NO_SERVER = msgid("Er is geen mailserver ingesteld (IDP_SMTP_URL).")
UNWRITABLE = msgid("Naar dit e-mailadres kan geen mail worden gestuurd.")

_PATH = re.compile(r"/[!-~]*", re.ASCII)
_JOINERS = "\u200c\u200d"  # zero-width, and part of Persian words and of emoji


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
    """Queue one mail to one address in this transaction; beyond the address's budget it leaves later.

    `template` stands in MAILS (KeyError), `facts` are those named there, `path` starts with a slash (ValueError).
    """
    known = MAILS[template]
    if not known.needs <= facts.keys() <= known.needs | known.may:
        raise ValueError(f"mail {template!r} is told {sorted(facts)}, not {sorted(known.needs)}")
    if not _PATH.fullmatch(facts.get("path", "/")):
        raise ValueError("the path of a mail's link starts with a slash and is ASCII without spaces")
    # The same row always makes the same message, so that a mail sent twice can be told from two mails.
    payload = {
        "id": new_id(),
        "to": to,
        "template": template,
        "facts": dict(facts),
        "locale": locale,
        "queued_at": now.isoformat(),
    }
    identifier = outbox.enqueue(db, keyring, "mail", payload, now=now, ref=ref, once=once)
    if identifier is None:
        return
    budget = throttle.take(db, "mail_address", unicodedata.normalize("NFKC", to).casefold(), now)
    if isinstance(budget, throttle.Locked):
        outbox.hold_back(db, identifier, budget.until)


class UnwritableAddressError(Exception):
    """Nothing can be sent to this address."""


class Composer:
    """Makes messages. `base_url` has no slash at its end; `sender` is a display name with an address.

    Raises ValueError for a sender that cannot stand in a header.
    """

    def __init__(self, base_url: str, sender: str, templates: Path) -> None:
        self._base_url = base_url
        self._sender = _sender(sender)
        self._environments = {locale: self._environment(templates, locale) for locale in LOCALES}

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

    def compose(self, payload: Mapping[str, Any]) -> EmailMessage:
        """The message of one outbox row. Raises UnwritableAddressError."""
        recipient = _recipient(payload["to"])
        locale = payload["locale"] if payload["locale"] in LOCALES else LOCALES[0]
        queued_at = datetime.fromisoformat(payload["queued_at"])
        told = {name: _one_line(value) if isinstance(value, str) else value for name, value in payload["facts"].items()}
        facts = told | {
            "link": self._base_url + payload["facts"].get("path", MAILS[payload["template"]].leads_to),
            "locale": locale,
            "until": partial(_until, queued_at, locale),
        }
        folder, environment = payload["template"], self._environments[locale]
        subject = " ".join(environment.get_template(f"{folder}/subject.txt").render(facts).split())
        facts["subject"] = subject
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = recipient
        message["Subject"] = subject.replace("=?", "= ?")  # what looks like an encoded word would be decoded
        message["Date"] = format_datetime(queued_at)
        message["Message-ID"] = f"<{payload['id']}@{urlsplit(self._base_url).hostname}>"
        message["Auto-Submitted"] = "auto-generated"
        # Quoted-printable passes through any server unchanged; 8-bit needs one that says it can.
        text = environment.get_template(f"{folder}/body.txt").render(facts)
        message.set_content(text, cte="quoted-printable")
        html = environment.get_template(f"{folder}/body.html").render(facts)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message


@dataclass(frozen=True, slots=True)
class Mailer:
    """The outbox handler of kind "mail"."""

    composer: Composer
    transports: tuple[Transport, ...]

    def __call__(self, payload: Mapping[str, Any], attempts: int) -> Result:
        if not self.transports:
            return Retry(NO_SERVER)
        try:
            message = self.composer.compose(payload)
        except UnwritableAddressError:
            return Refused(UNWRITABLE)
        result: Result = Delivered()
        for transport in self.transports:
            result = transport.send(message)
            if not isinstance(result, Delivered):
                break
        return result


def _sender(text: str) -> "Address":
    name, address = parseaddr(text)
    try:
        sender: Address = headers.Address(name, *_recipient(address).addr_spec.rsplit("@", 1))
    except UnwritableAddressError as error:
        raise ValueError("write the sender of mail as Name <address@domain>") from error
    return sender


def _recipient(text: str) -> "Address":
    try:
        address: Address = headers.Address(addr_spec=text)
    except (ValueError, IndexError, MessageError) as error:
        raise UnwritableAddressError from error
    if not text.isascii() or not address.domain:
        raise UnwritableAddressError
    return address


def _one_line(text: str) -> str:
    """A fact as it may stand in a header: no line end, no control character, none that turns the text around it."""
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co")
    )
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def _until(queued_at: datetime, locale: str, **life: int) -> str:
    """When a link that was made with this mail ends, in words: `until(days=7)`."""
    end = queued_at + timedelta(**life)
    return babel.dates.format_datetime(end, "EEEE d MMMM, HH:mm", tzinfo=TIME_ZONE, locale=locale)
