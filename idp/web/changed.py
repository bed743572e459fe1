"""Two people with the same form: it says what it was made from, and the second is told what the first changed.

A form carries `shown`, the facts it was made from. A view that finds others now answers 409, says what changed, and
shows the form as things stand; nothing is kept of what was typed into the old one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request
from flask_babel import gettext as _

from idp.kernel.words import msgid
from idp.school import networks, years
from idp.web import claims, desk, methods

Facts = Mapping[str, str]
"""What a form is made from: a key of LABELS -> its value, as it is kept. Several values stand behind each other."""

LABELS: Final[Mapping[str, str]] = {
    "name": msgid("Naam"),
    "year": msgid("Jaargroep"),
    "teachers": msgid("Leerkrachten"),
    "first_name": msgid("Voornaam"),
    "family_name": msgid("Achternaam"),
    "roster_key": msgid("Leerlingnummer"),
    "group": msgid("Groep"),
    "role": msgid("Rol"),
    "groups": msgid("Groepen"),
    "open": msgid("Met deze uitgever werken"),
    "claims": msgid("Wat mag de uitgever horen?"),
    "network": msgid("Netwerkomgeving"),
    "direct_too": msgid("Ook rechtstreeks inloggen"),
    "school_method": msgid("Op school"),
    "login_method": msgid("Thuis"),
}
"""What a fact is called."""

YES_NO: Final = {"yes": msgid("Ja"), "": msgid("Nee")}


def _method(kept: str) -> str:
    return str(_(methods.NAMES[kept]))


def _yes_no(kept: str) -> str:
    return str(_(YES_NO[kept]))


READ: Final[Mapping[str, Callable[[str], str]]] = {
    "year": lambda kept: years.written(int(kept)),
    "role": desk.role_name,
    "open": _yes_no,
    "claims": lambda kept: ", ".join(str(_(claims.LABELS[name])) for name in kept.split()),
    "network": lambda kept: networks.name_of(kept or None) or str(_("geen: rechtstreeks in Sleutelbos")),
    "direct_too": _yes_no,
    "school_method": _method,
    "login_method": _method,
}
"""How people read a fact that is kept in another way."""


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is another than the form was made from, as people read it; "" = nothing."""

    label: str
    before: str
    after: str


def written(facts: Facts) -> str:
    """The field `shown` of a form."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def since(facts: Facts) -> Sequence[Change]:
    """What is another now than the form that was sent was made from; empty = nothing, or it does not say."""
    if "shown" not in request.form:
        return ()
    before = _sent()
    return [
        Change(str(_(LABELS[name])), _read(name, before.get(name, "")), _read(name, now))
        for name, now in facts.items()
        if before.get(name) != now
    ]


def _sent() -> Facts:
    try:
        sent = json.loads(request.form.get("shown", ""))
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in sent.items() if isinstance(value, str)} if isinstance(sent, dict) else {}


def _read(name: str, kept: str) -> str:
    """A fact for people. What came with the form is the browser's: it may be anything."""
    try:
        return READ[name](kept) if name in READ else kept
    except (KeyError, ValueError):
        return ""
