"""A publisher's first page: the button, or what it was told about the pupil; and the same for programs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, make_response, render_template, request

from clients.browsers import fingerprint, form_token
from clients.publisher.desk import Desk
from clients.publisher.publishers import Publisher
from clients.publisher.store import Login

LABELS: Mapping[str, str] = {
    "given_name": "Voornaam",
    "family_name": "Achternaam",
    "name": "Naam",
    "locale": "Taal",
    "group": "Groep",
    "school": "School",
    "role": "Rol",
    "eck_id": "ECK iD",
    "sub": "Pseudoniem",
    "iss": "Wie het zegt",
    "aud": "Voor wie het is",
    "iat": "Gezegd op",
    "exp": "Geldig tot",
    "auth_time": "Ingelogd op",
    "acr": "Hoe er is ingelogd",
    "amr": "Waarmee er is ingelogd",
    "sid": "Sessie",
    "nonce": "Eenmalig getal",
    "at_hash": "Controlegetal",
}
"""In the order of the page: about the pupil first. A claim without a label stands below, under its own name."""

_PARTS: Mapping[str, str] = {"id": "nummer", "name": "naam", "year": "jaargroep"}
_TIMES = frozenset({"iat", "exp", "auth_time", "updated_at"})


def home(desk: Desk) -> Response:
    """`/SLUG/`: signed in or not."""
    value, who = desk.cookie.read(request), desk.login(request)
    if value is not None and who is not None:
        return signed_in(desk, value, who)
    ended = value is not None and desk.store.was_ended(desk.slug, fingerprint(value))
    return signed_out(desk, "by_provider" if ended else None)


def signed_in(desk: Desk, value: str, who: Login) -> Response:
    """The page of a pupil who is signed in."""
    body = render_template(
        "signed_in.html",
        publisher=desk.publisher,
        first_name=who.userinfo.get("given_name") or who.id_token_claims.get("given_name"),
        told_at=_time(who.told_at),
        told=[
            ("userinfo", "Over jou", list(rows(who.userinfo))),
            ("id_token", "Over het inloggen", list(rows(who.id_token_claims))),
        ],
        form_token=form_token(value),
        may_ask_again=who.refresh_token is not None,
    )
    return make_response(body)


def signed_out(desk: Desk, how: str | None) -> Response:
    """The page with the button. `how` the sign-in ended: by_provider, everywhere, only_here; None = says nothing."""
    return make_response(render_template("signed_out.html", publisher=desk.publisher, how=how))


def session(desk: Desk) -> Response:
    """`/SLUG/session.json`: this browser's sign-in, for programs."""
    who = desk.login(request)
    if who is None:
        return jsonify(signed_in=False, claims=None, told_at=None)
    return jsonify(
        signed_in=True,
        claims={**who.id_token_claims, **who.userinfo},
        told_at=datetime.fromtimestamp(who.told_at, UTC).isoformat(),
        id_token=who.id_token_claims,
        userinfo=who.userinfo,
    )


def colours(desk: Desk) -> Response:
    """`/SLUG/kleur.css`."""
    return stylesheet((desk.publisher,))


def stylesheet(publishers: Iterable[Publisher]) -> Response:
    """The colour of each publisher, under its class: no page needs an inline style."""
    rules = "".join(f".van-{publisher.slug} {{ --brand: {publisher.colour}; }}\n" for publisher in publishers)
    response = make_response(rules)
    response.content_type = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def rows(claims: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """(name, label, value as a person reads it) of each claim."""
    order = [*LABELS, *(name for name in claims if name not in LABELS)]
    for name in order:
        if name in claims:
            yield name, LABELS.get(name, name), _shown(name, claims[name])


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "ja", False: "nee", None: "niets"}[value]
    if name in _TIMES and isinstance(value, int | float):
        return _time(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_PARTS.get(part, part)}: {_shown(part, inner)}" for part, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(name, item) for item in value)
    return str(value)


def _time(seconds: float) -> str:
    """On the clock of the machine that the demo runs on; a number that is no time stays a number."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%d-%m-%Y %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
