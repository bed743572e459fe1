"""Rows for work outside the database (mail, logout calls), written in the transaction that causes the work."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id


class Outbox(Base):
    """One piece of work. The payload is sealed at (outbox, payload, id) and wiped when the work is done."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'done', 'failed')", name="state"),
        Index("ix_outbox_state_due_at", "state", "due_at"),
        Index("ix_outbox_ref_created_at", "ref", "created_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str | None] = mapped_column(String(100))  # what it is about, "slot:ID": its outcome is shown there
    once: Mapped[str | None] = mapped_column(String(200), unique=True)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(Id)  # the lease under which a worker holds it now
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(500))  # the other side's words, without personal data
    ended_at: Mapped[datetime | None]
