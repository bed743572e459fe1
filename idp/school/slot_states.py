"""How far each address of a group is: queued, sent, refused, opened, activated; or refused by whoever got the mail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from idp.kernel.outbox import Outcome
from idp.school import slots
from idp.school.pupils import GroupRow
from idp.school.slots import Slot

STATES = ("queued", "sent", "failed", "opened", "activated", "refused")
"""`failed`: the mail server would not take it. `refused`: somebody said "not my child"; the place is empty again."""

_OF_MAIL = {"queued": "queued", "done": "sent", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class SlotState:
    """Of one place: its state (STATES), since when, and the mail server's words if it refused."""

    position: int
    state: str
    at: datetime | None
    reason: str | None = None


def of_rows(db: Connection, rows: Iterable[GroupRow]) -> Mapping[str, Sequence[SlotState]]:
    """The states of each pupil's places, by pupil id, in one statement; an empty place that nobody refused has none."""
    listed = list(rows)
    mails = slots.mails_of(db, [slot for row in listed for slot in row.slots])
    return {row.id: _of_row(row, mails) for row in listed}


def _of_row(row: GroupRow, mails: Mapping[str, Outcome]) -> Sequence[SlotState]:
    filled = [state_of(slot, mails.get(slot.id)) for slot in row.slots]
    taken = {state.position for state in filled}
    refused = [SlotState(position, "refused", at) for position, at in row.refused.items() if position not in taken]
    return sorted([*filled, *refused], key=lambda state: state.position)


def state_of(slot: Slot, mail: Outcome | None) -> SlotState:
    """What there is to say of a filled place. A mail that was refused matters more than a link opened before it."""
    if slot.activated:
        return SlotState(slot.position, "activated", None)
    if mail is not None and mail.state == "failed":
        return SlotState(slot.position, "failed", mail.at, mail.outcome)
    if slot.opened_at is not None:
        return SlotState(slot.position, "opened", slot.opened_at)
    if mail is None:
        return SlotState(slot.position, "sent", None)  # so long ago that the outbox forgot it
    return SlotState(slot.position, _OF_MAIL[mail.state], mail.at)
