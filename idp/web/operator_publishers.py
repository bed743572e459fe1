"""/beheer/uitgevers: the publishers' client entries, through the same check as `sleutelbos client import`."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp import publishers
from idp.engine.clients import registration
from idp.engine.clients.model import Client
from idp.kernel import audit
from idp.kernel.clock import now
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, needs, services
from idp.web.step_up import fresh
from idp.web.unit import read_db, undo, write_db

PAGE, NEW = "/beheer/uitgevers", "/beheer/uitgevers/nieuw"


def listing() -> ResponseReturnValue:
    """Every publisher."""
    return render_template("operator/publishers.html", clients=services().engine.registry.all(read_db()))


def form() -> ResponseReturnValue:
    """The place to paste an entry."""
    return _form_page()


def store() -> ResponseReturnValue:
    """Add or change what was pasted: all of it, or nothing."""
    text = request.form.get("entry", "")
    try:
        done = publishers.store(write_db(), services().keyring, publishers.read(text), now())
    except publishers.EntryError as error:
        undo()
        return _form_page(error.problems, text)
    for client_id, what in done:
        _record("client.stored", client_id, what=what)
    return _form_page(done=done)


def one(client_id: str) -> ResponseReturnValue:
    """One publisher as it stands."""
    return _page(_client(client_id))


def change(client_id: str) -> ResponseReturnValue:
    """`act`: secret (a second one, shown once, while the first still works) or disable."""
    client, act = _client(client_id), request.form.get("act", "")
    if act == "disable":
        registration.disable(write_db(), client_id, now())
        _record("client.disabled", client_id)
        return redirect(PAGE, 303)
    if act != "secret" or client.secret_fingerprint is None:
        return _page(client)
    # A form that is sent twice would take the publisher's own secret away, and leave it two that it does not know.
    fresh_form = request.form.get("seen") == _mark(client)
    seen = client.secret_fingerprint
    secret = registration.rotate_secret(write_db(), client_id, now(), seen=seen) if fresh_form else None
    if secret is None:
        return _page(client, problem=_("Er is al een nieuw geheim gemaakt. Wil je er nog een? Druk dan opnieuw.")), 409
    _record("client.secret", client_id)
    return _page(_client(client_id), secret)


def _client(client_id: str) -> Client:
    client = services().engine.registry.find(read_db(), client_id)
    if client is None:
        raise not_found()
    return client


def _mark(client: Client) -> str:
    """Names the newest secret of a client to a form, and says nothing of it."""
    return hashlib.sha256(client.secret_fingerprint or b"").hexdigest()[:16]


def _page(client: Client, secret: str = "", problem: str = "") -> str:
    # OIDC Core 4: the publisher's own sign-in begins there, and comes here with the operator as who signs in.
    start = f"{client.initiate_login_uri}?{urlencode({'iss': services().issuer})}" if client.initiate_login_uri else ""
    return render_template(
        "operator/publisher.html",
        client=client,
        start=start,
        secret=secret,
        problem=problem,
        mark=_mark(client),
        both=registration.BOTH_SECRETS.days,
    )


def _form_page(
    problems: Sequence[str] = (), text: str = "", done: Sequence[tuple[str, str]] = ()
) -> ResponseReturnValue:
    page = render_template(
        "operator/new_publisher.html",
        problems={"entry": _("Er is niets opgeslagen.")} if problems else {},
        reasons=problems,
        text=text,
        done=done,
    )
    return page, 422 if problems else 200


def _record(act: str, client_id: str, **facts: str) -> None:
    member = current_staff()
    if member is None:
        raise not_found()
    about = facts | {"client_id": client_id}
    audit.record(write_db(), act, now=now(), actor=f"staff:{member.id}", facts=about)


ROUTES = (
    (PAGE, listing, "GET"),
    (NEW, fresh(NEW)(form), "GET"),
    (NEW, fresh(NEW)(store), "POST"),
    (f"{PAGE}/<path:client_id>", one, "GET"),
    (f"{PAGE}/<path:client_id>", fresh(PAGE)(change), "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """These pages, for operators."""
    pages = Blueprint("operator_publishers", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, f"{view.__name__}_{method}", needs("operator")(view), methods=[method])
    return pages
