"""/koppel/bord: the demo's digital board. It shows a code and a QR code, and changes by itself once it is confirmed.

It is a device as any publisher could make one: what it does at each look is what a device sends to the token endpoint.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, session
from flask.typing import ResponseReturnValue

from idp.engine.clients.metadata import DEVICE_CODE
from idp.engine.clients.model import Client
from idp.engine.device_authorization import VERIFICATION
from idp.engine.grants import GRANTS, GrantError, TokenRequest
from idp.engine.requests.authorization import granted_scope
from idp.engine.requests.devices import INTERVAL_S
from idp.engine.tokens.claims import for_userinfo
from idp.engine.tokens.lookup import living
from idp.kernel.clock import now
from idp.kernel.needed import WhenNeeded
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import services
from idp.web.unit import read_db, write_db

segno = WhenNeeded("segno")

SCOPE = "openid profile"
BOARD = "board"
"""What this board remembers, in its own cookie: the secret that it asks with belongs to it alone."""


def blueprint(_services: Services) -> Blueprint:
    """The board, and its button for a new code."""
    pages = Blueprint("board", __name__)
    pages.add_url_rule("/koppel/bord", view_func=board, methods=["GET"])
    pages.add_url_rule("/koppel/bord", view_func=again, methods=["POST"])
    return pages


def board() -> ResponseReturnValue:
    """What the board shows now. Each look but the first asks whether somebody has confirmed it."""
    if not services().demo:
        raise not_found()
    kept = session.get(BOARD)
    client = _client(kept["client_id"] if kept else None)
    if client is None:
        session.pop(BOARD, None)
        return render_template("device/board.html", state="none", wait=0)
    if kept is None:
        return _waiting(client, _start(client))
    result = _ask(client, kept["device_code"])
    if not isinstance(result, GrantError):
        session.pop(BOARD)
        who = _who(str(result["access_token"]))
        return render_template("device/board.html", state="confirmed", client=client, who=who, wait=0)
    if result.error in ("authorization_pending", "slow_down"):
        longer = INTERVAL_S if result.error == "slow_down" else 0
        session[BOARD] = kept | {"wait": kept["wait"] + longer}
        return _waiting(client, session[BOARD])
    session.pop(BOARD)
    return render_template("device/board.html", state=result.error, client=client, wait=0)


def again() -> ResponseReturnValue:
    """A new code."""
    session.pop(BOARD, None)
    return redirect("/koppel/bord", 303)


def _client(client_id: str | None) -> Client | None:
    """The publisher whose app runs on the board: the first that is registered for devices."""
    clients = services().engine.registry.all(read_db())
    fit = (client for client in clients if DEVICE_CODE in client.grant_types)
    return next((client for client in fit if client_id in (None, client.id)), None)


def _start(client: Client) -> dict[str, Any]:
    started = services().engine.devices.start(write_db(), client, granted_scope(SCOPE, client), (), now())
    session[BOARD] = {
        "client_id": client.id,
        "device_code": started.device_code,
        "user_code": started.user_code,
        "wait": INTERVAL_S,
    }
    kept: dict[str, Any] = session[BOARD]
    return kept


def _ask(client: Client, device_code: str) -> dict[str, Any] | GrantError:
    engine = services().engine
    form = {"device_code": device_code}
    ours = (engine.tokens, engine.subjects, engine.keyring)
    return GRANTS[DEVICE_CODE](TokenRequest(write_db(), client, form, now(), *ours))


def _who(access_token: str) -> dict[str, Any]:
    """What userinfo says of whoever confirmed the board."""
    row = living(write_db(), access_token, now())
    if row is None:
        return {}
    names = for_userinfo(row.scope.split(), {}) & frozenset(row.told)
    return services().engine.subjects.claims(read_db(), row.subject, row.client_id, names) or {}


def _waiting(client: Client, kept: dict[str, Any]) -> str:
    where = services().issuer + VERIFICATION
    picture = segno.make(f"{where}?code={kept['user_code']}", error="m").svg_data_uri(scale=8, border=2)
    return render_template(
        "device/board.html",
        state="waiting",
        client=client,
        code=kept["user_code"],
        where=where,
        picture=picture,
        wait=kept["wait"],
    )
