"""What the school forgets, and when. The worker does it now and then; nothing depends on its having run."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete
from sqlalchemy.orm import InstrumentedAttribute

from idp.kernel import outbox, throttle
from idp.kernel.audit import AuditEvent
from idp.kernel.worker import Chore
from idp.school import homes, households
from idp.school.models import (
    Badge,
    Device,
    DeviceLink,
    EmergencyCode,
    HalfSignIn,
    HomeVisit,
    Household,
    Invitation,
    Link,
    PasskeyChallenge,
    RosterDraft,
    SchoolDeletion,
    StaffReset,
    StaffVisit,
    Substitution,
)
from idp.school.roster import drafts

KEEP: tuple[tuple[InstrumentedAttribute[Any], timedelta], ...] = (
    # A used or expired link's page says for a month what became of it.
    (Link.expires_at, timedelta(days=30)),
    (Household.started_at, households.ABSOLUTE + timedelta(days=1)),
    # As long as access that outlives a sign-in can live: emptying the slot ends that as well.
    (HomeVisit.started_at, timedelta(days=181)),
    # A link for a device says for a month what became of it; so does a device that was ended, and a badge that is old.
    (DeviceLink.expires_at, timedelta(days=30)),
    (Device.ended_at, timedelta(days=30)),
    (Badge.revoked_at, timedelta(days=30)),
    (EmergencyCode.expires_at, timedelta(days=1)),
    (Substitution.until_at, timedelta(days=30)),
    (Invitation.expires_at, timedelta(days=30)),
    (RosterDraft.created_at, drafts.LIFE),
    # What was half done when a member of staff signed in; where they were signed in; a school that was not deleted.
    (HalfSignIn.expires_at, timedelta(days=1)),
    (PasskeyChallenge.expires_at, timedelta(days=1)),
    (StaffReset.expires_at, timedelta(days=30)),
    (StaffVisit.started_at, timedelta(days=30)),
    (SchoolDeletion.expires_at, timedelta(days=30)),
    # One school year and the summer after it, for questions that come up late.
    (AuditEvent.at, timedelta(days=425)),
)
"""How long rows stay after the moment in this column."""


def _forget(db: Connection, now: datetime, *, moment: InstrumentedAttribute[Any], after: timedelta) -> None:
    db.execute(delete(moment.class_).where(moment < now - after))


CHORES: tuple[Chore, ...] = (
    *(partial(_forget, moment=moment, after=after) for moment, after in KEEP),
    homes.forget_unused,
    outbox.prune,
    throttle.prune,
)
"""For `kernel.worker.Worker`."""
