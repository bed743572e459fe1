"""The device grant (RFC 8628 3.4, 3.5): a device asks again and again; each question is counted by one statement."""

from sqlalchemy import bindparam, case, func, update

from idp.engine.grants.request import (
    WRONG_RESOURCE,
    GrantError,
    TokenAnswer,
    TokenRequest,
    authorization_of,
    end_family,
    first_tokens,
)
from idp.engine.requests.devices import INTERVAL_S
from idp.engine.tables import DEVICE_REQUEST, GRANT
from idp.engine.tokens.resources import chosen
from idp.kernel.secrets import fingerprint

SLACK_MS = 500
"""A question that left in time may arrive this much too soon after the one before."""

_EARLY = DEVICE_REQUEST.c.poll_after_ms > bindparam("now_ms")
_INTERVAL = case((_EARLY, DEVICE_REQUEST.c.interval_s + INTERVAL_S), else_=DEVICE_REQUEST.c.interval_s)
_POLL = (
    update(DEVICE_REQUEST)
    .where(DEVICE_REQUEST.c.device_code == bindparam("presented"), DEVICE_REQUEST.c.client_id == bindparam("client"))
    .values(too_soon=_EARLY, interval_s=_INTERVAL, poll_after_ms=bindparam("now_ms") + _INTERVAL * 1000 - SLACK_MS)
    .returning(
        DEVICE_REQUEST.c.grant_id, DEVICE_REQUEST.c.denied_at, DEVICE_REQUEST.c.expires_at, DEVICE_REQUEST.c.too_soon
    )
)
_SPEND = (
    update(GRANT)
    .where(GRANT.c.id == bindparam("grant"), GRANT.c.code_used_at.is_(None))
    .values(code_used_at=bindparam("at"), dpop_jkt=func.coalesce(GRANT.c.dpop_jkt, bindparam("key")))
    .returning(GRANT)
)
_NO = GrantError("invalid_grant", "the device code is unknown, used, or ended")


def exchange(request: TokenRequest) -> TokenAnswer | GrantError:
    """Tokens once the device was confirmed; until then, how to go on asking."""
    code = request.form.get("device_code")
    if code is None:
        return GrantError("invalid_request", "device_code is missing")
    asked = {
        "presented": fingerprint(code),
        "client": request.client.id,
        "now_ms": int(request.now.timestamp() * 1000),
    }
    row = request.db.execute(_POLL, asked).first()
    if row is None:
        return _NO
    if row.denied_at is not None:
        return GrantError("access_denied", "the device was refused")
    if row.expires_at <= request.now:
        return GrantError("expired_token", "nobody confirmed the device in time")
    if row.grant_id is not None:
        return _redeem(request, row.grant_id)
    if row.too_soon:
        return GrantError("slow_down", f"wait {INTERVAL_S} seconds longer from now on")
    return GrantError("authorization_pending", "nobody has confirmed the device yet")


def _redeem(request: TokenRequest, grant_id: str) -> TokenAnswer | GrantError:
    spend = {"grant": grant_id, "at": request.now, "key": request.family_key}
    row = request.db.execute(_SPEND, spend).first()
    if row is None or row.ended_at is not None:
        # Used before: as with a code, whatever came of the first use is dead.
        end_family(request.db, grant_id, request.now)
        return _NO
    if request.subjects.may_open(request.db, row.subject, request.client.id) is None:
        end_family(request.db, grant_id, request.now)
        return GrantError("access_denied", "this person may not open this client")
    resources = chosen(request.form.get("resource"), row.resources or (), one=request.client.reads_access_tokens)
    if resources is None:
        end_family(request.db, grant_id, request.now)
        return WRONG_RESOURCE
    return first_tokens(request, row, authorization_of(row, tuple(row.scope.split()), None, resources))
