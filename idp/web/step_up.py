"""Before a sensitive act a member of staff shows again who they are, when the sign-in is older than ten minutes.

The acts of a school stand in the table of `sensitive`. A page is shown after /leerkracht/bevestig; a form that was sent
is asked about where it is (`confirm_here`), and goes on with everything that was typed into it. Elsewhere `@fresh()`
stands under `@needs(...)`: who has to confirm then goes on to the page that it names (without one: the page itself,
which then must answer a GET). The session stays the same one, under a new cookie (ASVS 5.0 V7.2.4, V7.5.3).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import factors, passkeys
from idp.school.ceremony import Here
from idp.school.credentials import Fail, Pass
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.home import minutes_until, password_problem
from idp.web.services import Services
from idp.web.session import (
    SESSION,
    STAFF_MFA,
    WAYS,
    check_password,
    current_login,
    current_staff,
    needs,
    services,
    set_cookie,
    this_browser,
)
from idp.web.unit import read_db, write_db

P = ParamSpec("P")

FRESH = timedelta(minutes=10)
"""How old a sign-in may be for a sensitive act."""

SECURITY = "/leerkracht/beveiliging"

OF_CONFIRMATION = frozenset({"password", "otp"})
"""Fields of the question itself; no form that it keeps has one of these names."""

NOT_KEPT = OF_CONFIRMATION | {"credential", "csrf_token"}

OWN_PAGES = re.compile(
    r"/(?:groepen|leerlingen|ict|hulp|beheer|leerkracht/beveiliging)(?:/[a-z0-9-]{1,40}){0,3}", re.ASCII
)
"""Where a sign-in or a confirmation may lead back to: pages of staff, and nothing that anybody else could mean."""

CODE_SAYS = {
    "wrong": msgid("Deze code klopt niet. Kijk of de tijd op je telefoon goed staat."),
    "used": msgid("Deze code is al gebruikt. Wacht tot je app een nieuwe laat zien."),
}
"""What is wrong with a code of the second factor."""


def own_page(path: str) -> str | None:
    """`path` when it is a page of staff."""
    return path if OWN_PAGES.fullmatch(path) else None


def is_fresh() -> bool:
    """Was this sign-in made or confirmed in the last ten minutes, with a second factor where the role needs one?"""
    login, member = current_login(), current_staff()
    if login is None or member is None:
        return False
    strong = login.acr == STAFF_MFA or not (member.role in factors.MUST or factors.has(read_db(), member.id))
    return strong and now() - login.auth_time < FRESH


def fresh(back: str = "") -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Let the view through for a fresh sign-in only. `back`: where to come back to, with the view's arguments filled in
    ("/ict/personeel/{staff_id}"); without it the page that was asked for.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            if is_fresh():
                return view(*args, **kwargs)
            return redirect(confirm_at(back.format(**kwargs) or request.path), 303)

        return guarded

    return decorate


def confirm_at(path: str) -> str:
    """The page that asks for it, and leads on to `path`."""
    return f"/leerkracht/bevestig?{urlencode({'naar': path})}"


def code_problem(failed: Fail) -> str:
    """What to say, in the language of this request, when a code was not accepted."""
    if failed.until is None:
        return str(_(CODE_SAYS[failed.reason]))
    minutes = minutes_until(failed.until)
    return str(_("Er is te vaak een verkeerde code ingevuld. Probeer het over %(num)s min. opnieuw.", num=minutes))


def confirm_signin(passed: Pass) -> None:
    """Whoever is signed in here showed again who they are: the same session, a fresh cookie."""
    ours = services()
    acr, amr = WAYS[passed.way]
    token = request.cookies.get(ours.cookie(SESSION), "")
    renewed = ours.engine.sessions.renew(write_db(), token, amr=amr, acr=acr, auth_time=passed.auth_time, now=now())
    if renewed is not None:
        set_cookie(SESSION, renewed)


def confirm_here(member: Member) -> ResponseReturnValue | None:
    """Ask in the place of the form that was sent, and keep what it held; None = it was shown, and the act goes on."""
    shows = request.form.keys() & OF_CONFIRMATION
    mine = factors.of(read_db(), member.id)
    problems: dict[str, str] = {}
    if request.form.get("credential"):
        if _passkey_shown(member):
            return None
    elif shows:
        problems = _problems(member, bool(mine))
        if not problems:
            return None
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return _page(member, mine, request.path, kept, problems), 422 if problems else 403


def _page(
    member: Member,
    mine: Sequence[factors.Factor],
    action: str,
    kept: Sequence[tuple[str, str]],
    problems: Mapping[str, str],
    back: str = "",
) -> str:
    passkey = any(factor.kind == "passkey" for factor in mine)
    return render_template(
        "staff_signin/confirm.html",
        action=action,
        kept=kept,
        back=back,
        second=bool(mine),
        passkey=passkey,
        problems=problems,
        member=member,
    )


def _passkey_shown(member: Member) -> bool:
    here = Here(services().issuer, this_browser())
    found = passkeys.check(write_db(), here, request.form.get("credential", ""), member.id, now())
    if isinstance(found, Fail):
        return False
    confirm_signin(Pass(f"staff:{found}", "staff-passkey", now()))
    return True


def _member() -> Member:
    member = current_staff()
    if member is None:
        raise not_found()
    return member


def _problems(member: Member, second: bool) -> dict[str, str]:
    """Password, and the code for who has a second factor; {} = both were right, and the sign-in is fresh."""
    password, code = request.form.get("password", ""), request.form.get("otp", "")
    if not password:
        return {"password": _("Vul je wachtwoord in.")}
    found = check_password("staff", member.address, password)
    if isinstance(found, Fail):
        return {"password": password_problem(found) if found.until else _("Dit is niet je wachtwoord.")}
    if found != member.id:
        raise not_found()
    if second:
        shown = factors.check_code(write_db(), services().keyring, member.id, code, now())
        if isinstance(shown, Fail):
            return {"otp": code_problem(shown)}
    confirm_signin(Pass(f"staff:{member.id}", "staff-mfa" if second else "staff", now()))
    return {}


def blueprint(_services: Services) -> Blueprint:
    """/leerkracht/bevestig."""
    pages = Blueprint("step_up", __name__)

    @pages.route("/leerkracht/bevestig", methods=["GET", "POST"])
    @needs("teacher", "support", "ict", "operator")
    def confirm() -> ResponseReturnValue:
        member = _member()
        back = own_page(request.values.get("naar", "")) or SECURITY
        mine = factors.of(read_db(), member.id)
        problems = _problems(member, bool(mine)) if request.method == "POST" else {}
        if request.method == "POST" and not problems:
            return redirect(back, 303)
        page = _page(member, mine, "/leerkracht/bevestig", [("naar", back)], problems, back)
        return page, 422 if problems else 200

    @pages.post("/leerkracht/bevestig/passkey")
    @needs("teacher", "support", "ict", "operator")
    def confirm_with_passkey() -> ResponseReturnValue:
        member, back = _member(), own_page(request.form.get("naar", "")) or SECURITY
        return redirect(back if _passkey_shown(member) else confirm_at(back), 303)

    return pages
