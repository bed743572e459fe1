"""People who work at a school, or on the platform."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id

ROLES = ("teacher", "support", "ict", "operator")
"""`support`: internal guidance and remedial teaching (IB/RT); they see every group, and change nothing in it."""

SCHOOL_ROLES = ("teacher", "support", "ict")
"""Those that a school gives."""


class Staff(Base):
    """A member of staff. `address_key` is the address as it is compared; an operator has no school.

    `roster_key` is the school administration's own number.
    """

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('teacher', 'support', 'ict', 'operator')", name="role"),
        CheckConstraint("(role = 'operator') = (school_id IS NULL)", name="school"),
        Index("ix_staff_school_id", "school_id"),
        Index("ix_staff_school_id_roster_key", "school_id", "roster_key", unique=True),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str | None] = mapped_column(ForeignKey("school.id"))
    roster_key: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    first_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StaffGroup(Base):
    """Which groups are a teacher's own."""

    __tablename__ = "staff_group"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("school_group.id"), primary_key=True, index=True)


class Substitution(Base):
    """A group lent to a colleague: from one moment until another, or until it was ended by hand."""

    __tablename__ = "substitution"
    __table_args__ = (Index("ix_substitution_staff_id", "staff_id"), Index("ix_substitution_group_id", "group_id"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("school_group.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    given_by: Mapped[str | None] = mapped_column(Id)  # staff id
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
