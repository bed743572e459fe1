"""A reminder to every address of a group that has not been activated: at most one a day for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.kernel import throttle
from idp.kernel.secrets import KeyRing
from idp.school import slots
from idp.school.pupils import GroupRow


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many addresses got a mail; had one today already; wait for their first; or refuse our mail."""

    sent: int = 0
    today: int = 0
    queued: int = 0
    failed: int = 0


def remind(db: Connection, keyring: KeyRing, rows: Iterable[GroupRow], *, staff_id: str, now: datetime) -> Reminded:
    """Send each of these pupils' addresses that is not activated its link again."""
    waiting = [slot for row in rows for slot in row.slots if not slot.activated]
    mails = slots.mails_of(db, waiting)
    counts = {"sent": 0, "today": 0, "queued": 0, "failed": 0}
    for slot in sorted(waiting, key=lambda slot: slot.id):
        mail = mails.get(slot.id)
        if mail is not None and mail.state in ("queued", "failed"):
            counts[mail.state] += 1
        elif isinstance(throttle.take(db, "reminder", slot.id, now), throttle.Locked):
            counts["today"] += 1
        elif slots.resend(db, keyring, slot, staff_id=staff_id, now=now) != "gone":
            counts["sent"] += 1
    return Reminded(**counts)
