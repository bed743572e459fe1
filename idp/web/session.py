"""Who is on this browser, and the single exit of every way to sign in.

Two cookies, two rows: the engine's session (one child, or one member of staff) and beside it the household, which
keeps the tiles while one child after another comes and goes. Cookies hold random values; the rows decide.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, ParamSpec
from urllib.parse import urlencode

from flask import Response, current_app, g, redirect, request, session
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from idp.engine.logout.session_management import COOKIE as STATE
from idp.engine.ports import Login
from idp.engine.requests import pending
from idp.engine.requests.parameters import Parameters
from idp.kernel.clock import now
from idp.school import credentials, factors, households, staff, staff_visits
from idp.school.credentials import Fail, Pass
from idp.web import farewell
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.source import address_of, source_of
from idp.web.unit import read_db, release, write_db

P = ParamSpec("P")

SESSION, HOUSEHOLD, BROWSER = "sleutelbos_session", "sleutelbos_household", "sleutelbos_browser"

STAFF_MFA = "urn:sleutelbos:acr:staff-mfa"

WAYS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "home": ("urn:sleutelbos:acr:home", ("pwd",)),
    "home-pin": ("urn:sleutelbos:acr:home-pin", ("pwd", "pin")),
    "home-passkey": ("urn:sleutelbos:acr:home", ("hwk", "user")),
    "home-passkey-pin": ("urn:sleutelbos:acr:home-pin", ("hwk", "user", "pin")),
    "school": ("urn:sleutelbos:acr:school", ("user",)),
    "school-pin": ("urn:sleutelbos:acr:school-pin", ("pin",)),
    "badge": ("urn:sleutelbos:acr:badge", ("swk",)),
    "network": ("urn:sleutelbos:acr:network", ()),
    "staff": ("urn:sleutelbos:acr:staff", ("pwd",)),
    "staff-mfa": (STAFF_MFA, ("pwd", "otp", "mfa")),
    "staff-passkey": (STAFF_MFA, ("pop", "user", "mfa")),
}
"""What each way of signing in is called in tokens: acr, and amr of RFC 8176."""

LANDING = {"pupil": "/portaal", "staff": "/groepen"}


class _User(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of a session of ours."""

    def __init__(self, login: Login) -> None:
        self.login = login

    def get_id(self) -> str:
        """The session, never the person: a new sign-in is a new id."""
        return self.login.sid


def install(app: Any, services: Services) -> None:
    """Let Flask-Login find our sessions. It sets no cookie of its own, and remembers nobody."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)

    def load(_request: object) -> _User | None:
        token = request.cookies.get(services.cookie(SESSION))
        login = services.engine.sessions.find(read_db(), token, now()) if token else None
        if login is None or not _still_there(services, login):
            return None
        return _User(login)

    manager.request_loader(load)


def _still_there(services: Services, login: Login) -> bool:
    """Is this person at school, or in service? A member of staff is kept for the page, which asks for it next."""
    kind, _, person = login.subject.partition(":")
    if kind != "staff":
        return services.directory.active(read_db(), login.subject)
    member = staff.by_id(read_db(), person, now())
    # Whoever came into such a role after the sign-in signs in again, with the second factor.
    g.staff = None if member and member.role in factors.MUST and login.acr != STAFF_MFA else member
    return g.staff is not None


def services() -> Services:
    """The services of this application."""
    found: Services = current_app.extensions["sleutelbos"]
    return found


def current_login() -> Login | None:
    """Who is signed in on this browser, as the engine knows it."""
    return current_user.login if current_user.is_authenticated else None


def current_household() -> households.SignedIn | None:
    """The home account that keeps its tiles on this browser."""
    if "household" not in g:
        token = request.cookies.get(services().cookie(HOUSEHOLD))
        g.household = households.find(read_db(), token, now()) if token else None
    found: households.SignedIn | None = g.household
    return found


def waiting_request() -> pending.Pending | None:
    """The authorization request that this step belongs to, if it is this browser's and not answered yet."""
    browser = request.cookies.get(services().cookie(BROWSER))
    return pending.find(read_db(), request.values.get("continue", ""), browser, now())


def continue_id() -> str | None:
    """The id of that request."""
    return request.values["continue"] if waiting_request() is not None else None


def waiting(path: str) -> str:
    """A page of ours, with the pending request that goes along."""
    identifier = continue_id()
    return f"{path}{'&' if '?' in path else '?'}continue={identifier}" if identifier else path


def onward(path: str) -> BaseResponse:
    """303 to another page of ours; a pending request goes along."""
    return redirect(waiting(path), 303)


def check_password(kind: str, address: str, password: str) -> str | Fail:
    """The account (kind "home") or member of staff (kind "staff") whose address and password these are.

    The throttle is taken before the hash, and no transaction is open while it is made.
    """
    ours = services()
    attempt = credentials.begin_password(write_db(), kind, address, source_of(request, ours.trusted_proxies), now())
    if isinstance(attempt, Fail):
        return attempt
    release()
    right = ours.passwords.verify(password, attempt.password_hash)
    found = credentials.finish_password(write_db(), ours.keyring, attempt, right, now())
    if isinstance(found, str) and attempt.password_hash and ours.passwords.needs_rehash(attempt.password_hash):
        release()
        credentials.rehash(write_db(), attempt, ours.passwords.hash(password))
    return found


def start_household(home_account_id: str, *, by_passkey: bool = False) -> None:
    """The password was right, or a passkey: this browser has the tiles from here on, and nobody else's before."""
    end_household()
    address, db = address_of(request, services().trusted_proxies), write_db()
    family = staff_visits.family(request.headers.get("User-Agent", ""))
    token = households.start(db, home_account_id, now(), browser=family, address=address, by_passkey=by_passkey)
    g.household = households.find(write_db(), token, now())
    set_cookie(HOUSEHOLD, token)


def end_household() -> None:
    """Sign the household of this browser out, and the child that came in through it."""
    token = request.cookies.get(services().cookie(HOUSEHOLD))
    if token:
        farewell.ended(services().engine, end_sids(households.end(write_db(), token, now()), "household"))
        drop_cookie(HOUSEHOLD)
    g.household = None


def end_sids(sids: Iterable[str], why: str, *, access_lost: bool = False) -> list[str]:
    """End these engine sessions; `access_lost`: also what was to outlive them. Those that had not ended before."""
    end = services().engine.sessions.end
    return [sid for sid in sids if end(write_db(), sid, why, now(), offline=access_lost)]


def finish_signin(passed: Pass) -> BaseResponse:
    """The single exit of every way to sign in: a fresh session, the earlier one ended, and back to what was asked."""
    ours, db, at = services(), write_db(), now()
    household = current_household() if passed.way in ("home", "home-pin") else None
    acr, amr = WAYS[household.way_of(passed.way) if household is not None else passed.way]
    if household is not None and not households.hold(db, household):
        return onward("/thuis")
    earlier = request.cookies.get(ours.cookie(SESSION))
    started = ours.engine.sessions.start(
        db, passed.subject, amr=amr, acr=acr, now=at, auth_time=passed.auth_time, earlier=earlier
    )
    g.started = started.login
    kind, _, person = passed.subject.partition(":")
    if kind == "staff":
        staff_visits.note(db, started.login.sid, person, request.headers.get("User-Agent", ""), at)
    if household is not None:
        households.visit(db, household, person, started.login.sid, at)
    session.clear()  # the form tokens of whoever was here before are worth nothing now
    set_cookie(SESSION, started.token)
    if request.cookies.get(ours.cookie(STATE)):
        show_state(started.login)
    identifier = continue_id()
    return redirect(f"/authorize?continue={identifier}" if identifier else LANDING[kind], 303)


def sign_out(why: str) -> None:
    """End the session and the household of this browser: tokens die, publishers are told."""
    end_session(why)
    end_household()
    session.clear()


def end_session(why: str) -> None:
    """End the engine session of this browser; the household stays."""
    if token := request.cookies.get(services().cookie(SESSION)):
        sid = services().engine.sessions.end_token(write_db(), token, why, now())
        farewell.ended(services().engine, [sid] if sid is not None else [])
        drop_cookie(SESSION)
        drop_cookie(STATE)


def current_staff() -> staff.Member | None:
    """The member of staff on this browser; None = nobody, or no longer staff."""
    current_login()  # whoever looks for the session finds the member with it
    found: staff.Member | None = g.get("staff")
    return found


def needs(*roles: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """For pages of staff: who is not signed in signs in first, and comes back; none of `roles` finds nothing here."""

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            member = current_staff()
            if member is None:
                return redirect(f"/leerkracht?{urlencode({'naar': request.path})}", 303)
            if member.role not in roles:
                raise not_found()
            touch()
            return view(*args, **kwargs)

        return guarded

    return decorate


def touch() -> None:
    """This browser was used just now: its session idles from here; on a POST, which writes anyway, its household."""
    ours, at = services(), now()
    token, login = request.cookies.get(ours.cookie(SESSION)), current_login()
    if token and login is not None and ours.engine.sessions.stale(login, at):
        ours.engine.sessions.touch(write_db(), token, at)
    household = current_household() if request.method == "POST" else None
    if household is not None:
        households.touch(write_db(), household.token, at)


def keep_request(given: Parameters) -> str:
    """Keep an authorization request for this browser; returns the id for `continue`."""
    return pending.keep(write_db(), given, this_browser(), now())


def this_browser() -> str:
    """A random value that this browser keeps; it gets one when it has none."""
    browser = request.cookies.get(services().cookie(BROWSER))
    if not browser or len(browser) > 100:
        browser = pending.new_browser()
        set_cookie(BROWSER, browser)
    return browser


def show_state(login: Login) -> None:
    """Let the session iframe of this browser see who is signed in (OIDC Session Management 1.0)."""
    set_cookie(STATE, services().engine.session_management.browser_state(login))


def set_cookie(name: str, value: str) -> None:
    """Let this answer give the browser a cookie of ours."""
    _cookies()[name] = value


def drop_cookie(name: str) -> None:
    """Let this answer take it away."""
    _cookies()[name] = ""


def _cookies() -> dict[str, str]:
    waiting: dict[str, str] = g.setdefault("cookies", {})
    return waiting


def write_cookies(response: Response) -> Response:
    """Put what this request decided about our cookies into its answer. They end with the browser."""
    ours = services()
    for name, value in g.get("cookies", {}).items():
        full = ours.cookie(name)
        # A script of ours in a publisher's frame reads the state; it is no credential.
        same_site = "None" if name == STATE and ours.secure else "Lax"
        kind: dict[str, Any] = {"secure": ours.secure, "httponly": name != STATE, "samesite": same_site, "path": "/"}
        if value:
            response.set_cookie(full, value, **kind)
        elif full in request.cookies:
            response.delete_cookie(full, **kind)
    return response
