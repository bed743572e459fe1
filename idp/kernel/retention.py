"""How long things are kept: each floor has a literal table of `Keep` rows, which the worker carries out.

Nothing depends on its having run: whatever expires is refused by its own moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete
from sqlalchemy.orm import InstrumentedAttribute

from idp.kernel.audit import AuditEvent
from idp.kernel.outbox import Outbox
from idp.kernel.transports import DemoMail
from idp.kernel.worker import Chore


@dataclass(frozen=True, slots=True)
class Keep:
    """`what` goes when `moment` of a row is longer ago than `after`. `why` it is kept so long.

    `unless`: rows that stay all the same.
    """

    what: str
    moment: InstrumentedAttribute[Any]
    after: timedelta
    why: str
    unless: ColumnElement[bool] | None = None


KEEP = (
    Keep(
        "audit events",
        AuditEvent.at,
        timedelta(days=425),
        "One school year and the summer after it, for questions that come up late.",
    ),
    Keep(
        "finished work of the outbox",
        Outbox.ended_at,
        timedelta(days=90),
        "A teacher sees for a term what became of a mail. What stood in it is wiped when it ends.",
    ),
    Keep("mails of the demo's mailbox", DemoMail.sent_at, timedelta(days=30), "Long enough to try things out."),
)
"""What the kernel keeps."""


def chores(table: Iterable[Keep]) -> tuple[Chore, ...]:
    """One chore for each row, for `kernel.worker.Worker`."""
    return tuple(partial(_forget, keep=keep) for keep in table)


def _forget(db: Connection, now: datetime, *, keep: Keep) -> None:
    old = delete(keep.moment.class_).where(keep.moment < now - keep.after)
    db.execute(old if keep.unless is None else old.where(~keep.unless))


CHORES = chores(KEEP)
