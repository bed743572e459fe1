"""What the engine forgets, and when (T16). A family goes after its tokens."""

from datetime import timedelta

from sqlalchemy import exists, or_

from idp.engine.requests.issue import FAMILY_LIFE
from idp.engine.tables import (
    AccessToken,
    ClientAssertion,
    DeviceRequest,
    DpopProof,
    Grant,
    PendingRequest,
    PushedRequest,
    RefreshToken,
    Session,
)
from idp.engine.upstream.tables import UpstreamAttempt, UpstreamLogout, UpstreamSession
from idp.kernel.retention import Keep, chores

_MINUTES, _DAY = timedelta(minutes=5), timedelta(days=1)
_REPLAY = "Nothing that is older than its own expiry is accepted, so nothing of it can come again."

KEEP = (
    Keep("authorization requests that wait", PendingRequest.expires_at, _DAY, "A page that stayed open says so."),
    Keep(
        "pushed authorization requests",
        PushedRequest.expires_at,
        _DAY,
        "Spent when its sign-in ends, which may be an hour after it expired.",
    ),
    Keep("used client assertions", ClientAssertion.expires_at, _MINUTES, _REPLAY),
    Keep("used DPoP proofs", DpopProof.expires_at, _MINUTES, _REPLAY),
    Keep("waiting devices", DeviceRequest.expires_at, _DAY, "A device that asks late hears that it is too late."),
    Keep("access tokens", AccessToken.expires_at, _DAY, "Worth nothing once expired; a day for questions."),
    Keep(
        "refresh tokens",
        RefreshToken.expires_at,
        FAMILY_LIFE + _DAY,
        "A replay ends its family as long as the family can live.",
    ),
    Keep(
        "what a publisher was told, and when",
        Grant.created_at,
        timedelta(days=425),
        "A parent sees a school year and the summer after it. No family of tokens lives as long.",
        unless=or_(
            exists().where(AccessToken.grant_id == Grant.id),
            exists().where(RefreshToken.grant_id == Grant.id),
            exists().where(DeviceRequest.grant_id == Grant.id),
        ),
    ),
    Keep("attempts at a network environment", UpstreamAttempt.expires_at, _DAY, "A page that stayed open says so."),
    Keep("used logout tokens of network environments", UpstreamLogout.expires_at, _MINUTES, _REPLAY),
    Keep(
        "sign-ins at a network environment",
        UpstreamSession.started_at,
        2 * _DAY,
        "Longer than any session that came of one: what is left of it then is nobody's.",
    ),
    Keep(
        "sign-ins",
        Session.started_at,
        timedelta(days=181),
        "As long as access that outlives a sign-in can live; who signed in, when and how is in the child's own data.",
    ),
)
"""What the engine keeps."""

CHORES = chores(KEEP)
"""For `kernel.worker.Worker`."""
