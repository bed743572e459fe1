"""What has to happen now with an authorization request: a pure decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from idp.engine.ports import Login
from idp.engine.requests.authorization import AuthorizationRequest


class Ask(Enum):
    """A step that a person takes before this request can be answered."""

    SIGN_IN = "sign in"
    SELECT = "choose who you are"
    CONSENT = "agree to what is told"


@dataclass(frozen=True, slots=True)
class Issue:
    """Answer with a code for this login."""

    login: Login


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an error."""

    error: str
    description: str


Step = Issue | Refuse | Ask


def next_step(
    request: AuthorizationRequest,
    login: Login | None,
    *,
    hinted: str | None = None,
    consented_at: datetime | None = None,
) -> Step:
    """The next step. `hinted` is the subject of a valid id_token_hint ("" = the hint is none of ours)."""
    ask = _ask(request, login, hinted, consented_at)
    if ask is None and login is not None:
        return Issue(login)
    silent = "none" in request.prompt
    if ask is Ask.CONSENT:
        return Refuse("consent_required", "prompt=none") if silent else Ask.CONSENT
    if silent:
        return Refuse("login_required", "prompt=none, and nobody fit for it is signed in")
    if login is not None and _acr_unmet(request, login) and login.started_at >= request.created_at:
        return Refuse("unmet_authentication_requirements", "the sign-in did not reach the essential acr")
    if login is not None and _other_than_hinted(login, hinted) and login.started_at >= request.created_at:
        return Refuse("login_required", "somebody else than the hinted person signed in")
    return ask or Ask.SIGN_IN


def _ask(
    request: AuthorizationRequest, login: Login | None, hinted: str | None, consented_at: datetime | None
) -> Ask | None:
    if login is None:
        return Ask.SIGN_IN
    if login.auth_time < not_before(request) or _acr_unmet(request, login):
        return Ask.SIGN_IN
    if _other_than_hinted(login, hinted):
        # Never a silent switch: somebody chooses, and knows it.
        return Ask.SELECT
    if "select_account" in request.prompt and login.started_at < request.created_at:
        return Ask.SELECT
    if "consent" in request.prompt and consented_at is None:
        return Ask.CONSENT
    return None


def _other_than_hinted(login: Login, hinted: str | None) -> bool:
    return hinted is not None and hinted != login.subject


def not_before(request: AuthorizationRequest) -> datetime:
    """The sign-in must be at least this new: prompt=login and max_age (OIDC Core 3.1.2.1)."""
    if "login" in request.prompt:
        return request.created_at
    if request.max_age is not None:
        return request.created_at - timedelta(seconds=request.max_age)
    return datetime.min.replace(tzinfo=request.created_at.tzinfo)


def _acr_unmet(request: AuthorizationRequest, login: Login) -> bool:
    wanted = request.essential_acr
    return wanted is not None and login.acr not in wanted
