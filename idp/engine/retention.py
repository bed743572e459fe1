"""What the engine forgets, and when. The worker does it now and then; nothing depends on its having run (T16)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete
from sqlalchemy.orm import InstrumentedAttribute

from idp.engine.requests.issue import FAMILY_LIFE
from idp.engine.tables import (
    AccessToken,
    ClientAssertion,
    DeviceRequest,
    DpopProof,
    PendingRequest,
    PushedRequest,
    RefreshToken,
)
from idp.engine.upstream.tables import UpstreamAttempt, UpstreamLogout, UpstreamSession
from idp.kernel.worker import Chore

KEEP: tuple[tuple[InstrumentedAttribute[datetime], timedelta], ...] = (
    (PendingRequest.expires_at, timedelta(days=1)),
    # A pushed request is spent when its sign-in ends, which may be an hour after it expired.
    (PushedRequest.expires_at, timedelta(days=1)),
    # Nothing that is older than its own expiry is accepted, so nothing of it can come again.
    (ClientAssertion.expires_at, timedelta(minutes=5)),
    (DpopProof.expires_at, timedelta(minutes=5)),
    (DeviceRequest.expires_at, timedelta(days=1)),
    (AccessToken.expires_at, timedelta(days=1)),
    # A used one still tells of a theft as long as its family lives.
    (RefreshToken.expires_at, FAMILY_LIFE + timedelta(days=1)),
    (UpstreamAttempt.expires_at, timedelta(days=1)),
    (UpstreamLogout.expires_at, timedelta(minutes=5)),
    # Longer than any session: what is left of it then is nobody's.
    (UpstreamSession.started_at, timedelta(days=2)),
)
"""How long rows stay after the moment in this column."""


def _forget(db: Connection, now: datetime, *, moment: InstrumentedAttribute[Any], after: timedelta) -> None:
    db.execute(delete(moment.class_).where(moment < now - after))


CHORES: tuple[Chore, ...] = tuple(partial(_forget, moment=moment, after=after) for moment, after in KEEP)
"""For `kernel.worker.Worker`."""
