"""A school's own devices and addresses, and what a child holds up there: a badge, or a code for once."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id


class Device(Base):
    """A tablet or computer of a school. Its cookie's token is kept as a fingerprint."""

    __tablename__ = "school_device"
    __table_args__ = (Index("ix_school_device_school_id", "school_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(100))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    enrolled_by: Mapped[str | None] = mapped_column(Id)  # staff id: who made the link
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeviceLink(Base):
    """A link that makes one browser a device of the school, kept as a fingerprint."""

    __tablename__ = "school_device_link"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    made_by: Mapped[str | None] = mapped_column(Id)  # staff id
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SchoolAddress(Base):
    """A network of a school (CIDR, as `ipaddress` writes it): every browser within it counts as a device."""

    __tablename__ = "school_address"
    __table_args__ = (Index("ix_school_address_school_id", "school_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    network: Mapped[str] = mapped_column(String(50), unique=True)
    added_by: Mapped[str | None] = mapped_column(Id)  # staff id
    created_at: Mapped[datetime]


class SchoolVisit(Base):
    """A child that came in on a device, or within an address: which sign-ins end when it is the school's no longer."""

    __tablename__ = "school_visit"
    __table_args__ = (
        CheckConstraint("(device_id IS NULL) <> (address_id IS NULL)", name="place"),
        Index("ix_school_visit_device_id", "device_id"),
        Index("ix_school_visit_address_id", "address_id"),
        Index("ix_school_visit_pupil_id", "pupil_id"),
    )
    sid: Mapped[str] = mapped_column(Id, primary_key=True)  # the engine's session
    device_id: Mapped[str | None] = mapped_column(ForeignKey("school_device.id", ondelete="CASCADE"))
    address_id: Mapped[str | None] = mapped_column(ForeignKey("school_address.id", ondelete="CASCADE"))
    pupil_id: Mapped[str] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"))
    started_at: Mapped[datetime]


class Badge(Base):
    """The code on a printed card, kept as a fingerprint."""

    __tablename__ = "badge"
    __table_args__ = (Index("ix_badge_pupil_id", "pupil_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pupil_id: Mapped[str] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class EmergencyCode(Base):
    """A code for one sign-in of one pupil. Short, so its fingerprint is made with a key that is not in the database."""

    __tablename__ = "emergency_code"
    __table_args__ = (Index("ix_emergency_code_pupil_id", "pupil_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pupil_id: Mapped[str] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_by: Mapped[str | None] = mapped_column(Id)  # staff id
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
