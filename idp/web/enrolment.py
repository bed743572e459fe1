"""Setting up a second factor: by a member who is signed in, or in the middle of a first sign-in that must have one.

A member who is signed in confirms first who they are (step-up). One who is half signed in has just given the password,
and may do this only as long as there is no factor yet; with the factor the sign-in is whole.
"""

import base64
import json
from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from idp.kernel import throttle
from idp.kernel.clock import now
from idp.kernel.needed import WhenNeeded
from idp.kernel.secrets import UnsealError
from idp.school import factors, passkeys
from idp.school.credentials import Fail, Pass
from idp.school.staff import Member
from idp.web.services import Services
from idp.web.session import continue_id, current_login, current_staff, services
from idp.web.source import source_of
from idp.web.staff_signin import back_to, finish, finish_half, half_member, here
from idp.web.step_up import CODE_SAYS, SECURITY, confirm_at, is_fresh, own_page
from idp.web.unit import read_db, write_db

segno = WhenNeeded("segno")

MAX_NAME = 60


def enrolling() -> Member | None:
    """Who is in the middle of a sign-in and has to set up a first factor."""
    member = half_member() if current_staff() is None else None
    return member if member is not None and not factors.has(read_db(), member.id) else None


def app_form() -> ResponseReturnValue:
    """The QR code for an authenticator app."""
    member = _whose()
    return _app_page(member, factors.new_totp_secret()) if isinstance(member, Member) else member


def add_app() -> ResponseReturnValue:
    """The app shows the right code: keep it."""
    member = _whose()
    if not isinstance(member, Member):
        return member
    secret = _opened(request.form.get("offer", ""), member)
    if secret is None:
        return redirect(f"{SECURITY}/app", 303)
    code, name = request.form.get("otp", ""), _name(_("App op je telefoon"))
    added = factors.add_totp(write_db(), services().keyring, member.id, secret, code, name, now=now())
    if isinstance(added, Fail):
        return _app_page(member, secret, _(CODE_SAYS[added.reason]))
    return _done(member, added, "staff-mfa")


def passkey_options() -> ResponseReturnValue:
    """What the browser is to ask of a new passkey, as JSON for the script of the page."""
    member = _whose()
    source = source_of(request, services().trusted_proxies)
    if not isinstance(member, Member):
        return Response("{}", 403, content_type="application/json")
    if isinstance(throttle.take(write_db(), "passkey_source", source, now()), throttle.Locked):
        return Response("{}", 429, content_type="application/json")
    return Response(passkeys.ask_to_add(write_db(), here(), member, now()), content_type="application/json")


def add_passkey() -> ResponseReturnValue:
    """The browser made one: keep it."""
    member = _whose()
    if not isinstance(member, Member):
        return member
    answer, name = request.form.get("credential", ""), _name(_("Passkey"))
    added = passkeys.add(write_db(), services().keyring, here(), member, answer, name, now())
    if isinstance(added, Fail):
        return redirect(f"{SECURITY}?klaar=passkey-mis", 303)
    return _done(member, added, "staff-passkey")


def new_codes() -> ResponseReturnValue:
    """Ten other recovery codes; only for who has a factor that they can stand in for."""
    member = _whose()
    if not isinstance(member, Member):
        return member
    if not factors.has(read_db(), member.id):
        return redirect(SECURITY, 303)
    return _codes_page(factors.new_recovery_codes(write_db(), member.id, now()), SECURITY)


def _whose() -> Member | BaseResponse:
    """Who sets up a factor here; or where to go first."""
    member = current_staff()
    if member is not None and current_login() is not None:
        return member if is_fresh() else redirect(confirm_at(SECURITY), 303)
    return enrolling() or redirect(f"/leerkracht?naar={SECURITY}", 303)


def _done(member: Member, codes: Sequence[str], way: str) -> ResponseReturnValue:
    """The factor is kept: a sign-in that waited for it is whole, and the recovery codes are shown."""
    if current_staff() is not None:
        return _codes_page(codes, SECURITY) if codes else redirect(f"{SECURITY}?klaar=toegevoegd", 303)
    if finish_half() != member.id:
        return redirect("/leerkracht", 303)
    onward = finish(Pass(f"staff:{member.id}", way, now()))
    return _codes_page(codes, onward.location or back_to(member))


def _app_page(member: Member, secret: str, problem: str = "") -> ResponseReturnValue:
    # The offer travels with the page, sealed for this member: looking at the page writes nothing.
    offer = services().keyring.seal(json.dumps([secret]).encode(), ("staff_factor", "offer", member.id))
    page = render_template(
        "security/app.html",
        problems={"otp": problem} if problem else {},
        qr=segno.make(factors.totp_address(secret, member.address), error="m").svg_data_uri(scale=5, border=3),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        offer=base64.urlsafe_b64encode(offer).decode(),
        signed_in=current_staff() is not None,
        back=own_page(request.values.get("naar", "")),
        request_id=continue_id(),
    )
    return page, 422 if problem else 200


def _opened(offer: str, member: Member) -> str | None:
    try:
        sealed = base64.urlsafe_b64decode(offer.encode("ascii", "replace"))
        (secret,) = json.loads(services().keyring.unseal(sealed, ("staff_factor", "offer", member.id)))
    except (ValueError, UnsealError):
        return None
    return str(secret)


def _codes_page(codes: Sequence[str], onward: str) -> str:
    return render_template("security/codes.html", codes=codes, onward=onward, signed_in=current_staff() is not None)


def _name(otherwise: str) -> str:
    return " ".join(request.form.get("name", "").split())[:MAX_NAME] or otherwise


ROUTES = (
    (f"{SECURITY}/app", app_form, "GET"),
    (f"{SECURITY}/app", add_app, "POST"),
    (f"{SECURITY}/passkey", passkey_options, "POST"),
    (f"{SECURITY}/passkey/klaar", add_passkey, "POST"),
    (f"{SECURITY}/codes", new_codes, "POST"),
)


def blueprint(_services: Services) -> Blueprint:
    """The pages that add a factor."""
    pages = Blueprint("enrolment", __name__)
    for rule, view, method in ROUTES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    return pages
