"""What the administration of a school keeps for a while: invitations of staff, and plans that somebody looks at."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id


class Invitation(Base):
    """A mailed link with which somebody chooses a password, kept as a fingerprint.

    It opens nothing once the member has another address (`address_key`).
    """

    __tablename__ = "staff_invitation"
    __table_args__ = (Index("ix_staff_invitation_staff_id", "staff_id"),)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    address_key: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RosterDraft(Base):
    """A roster's plan until somebody says "do it": what `roster.kept` gives, sealed at (roster_draft, plan, id)."""

    __tablename__ = "roster_draft"
    __table_args__ = (Index("ix_roster_draft_school_id", "school_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    made_by: Mapped[str] = mapped_column(Id)  # staff id
    plan: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
