"""Append-only events: who did what to whom, by ids only, and under which support code."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id, Json


class AuditEvent(Base):
    """One event. `facts` holds ids, counts and reasons; never a name, an address or a secret."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_school_id_at", "school_id", "at"),
        Index("ix_audit_event_thing", "thing"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60))  # "slot.filled", "signin.failed"
    actor: Mapped[str | None] = mapped_column(String(60))  # "staff:ID", "home:ID", "pupil:ID"; none = nobody known
    thing: Mapped[str | None] = mapped_column(String(60))
    school_id: Mapped[str | None] = mapped_column(Id)
    support_code: Mapped[str | None] = mapped_column(String(8), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
