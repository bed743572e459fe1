"""Schools, groups, pupils, and which publisher a school works with."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, case, false, null
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id, Json

METHODS = ("pin", "picture", "none")
"""How a child of a group shows who it is at home: PIN, password picture, or not at all."""

SCHOOL_METHODS = ("pin", "picture", "badge", "none")
"""The same on a school's own devices; `badge` is the printed card."""


class School(Base):
    """A school; the wall between tenants. `key`: its number in the school administration (BRIN, with a location)."""

    __tablename__ = "school"
    __table_args__ = (Index("ix_school_key", "key", unique=True),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    network: Mapped[str | None] = mapped_column(String(40))  # slug of its network environment; none = direct
    direct_too: Mapped[bool] = mapped_column(default=False, server_default=false())  # beside that environment
    created_at: Mapped[datetime]


ONLY_VIA = case((School.direct_too, null()), else_=School.network)
"""Slug of the network environment in which a school's pupils have to sign in; none = they may with us as well."""


class Group(Base):
    """A group ("Bever"), of one of `years.YEARS`; `roster_key` is the administration's; METHODS, SCHOOL_METHODS."""

    __tablename__ = "school_group"
    __table_args__ = (
        CheckConstraint("year BETWEEN 1 AND 9", name="year"),
        CheckConstraint("login_method IN ('pin', 'picture', 'none')", name="login_method"),
        CheckConstraint("school_method IN ('pin', 'picture', 'badge', 'none')", name="school_method"),
        Index("ix_school_group_school_id", "school_id"),
        Index("ix_school_group_school_id_roster_key", "school_id", "roster_key", unique=True),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    roster_key: Mapped[str | None] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    year: Mapped[int]
    login_method: Mapped[str] = mapped_column(String(10), default="pin")
    school_method: Mapped[str] = mapped_column(String(10), default="pin")


class Pupil(Base):
    """A pupil. PIN and password picture are sealed at (pupil, pin|secret_picture, id): a teacher prints them."""

    __tablename__ = "pupil"
    __table_args__ = (
        UniqueConstraint("school_id", "roster_key"),
        Index("ix_pupil_group_id", "group_id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"))
    group_id: Mapped[str | None] = mapped_column(ForeignKey("school_group.id"))
    roster_key: Mapped[str | None] = mapped_column(String(100))  # the school administration's own number
    first_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(200))
    picture: Mapped[str] = mapped_column(String(40))  # key of the pupil picture: who I am, no secret
    pin: Mapped[bytes] = mapped_column(LargeBinary)
    secret_picture: Mapped[bytes] = mapped_column(LargeBinary)
    eck_id: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; received, never made
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Contract(Base):
    """School x publisher: may this school's pupils open it, and which claims may it be told.

    `closed_at`: the school does not work with this publisher, whatever every school agreed to.
    """

    __tablename__ = "contract"
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(200), primary_key=True)  # the engine's name for the publisher
    claims: Mapped[list[str]] = mapped_column(Json)
    since: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Publisher(Base):
    """What a publisher may be told where a school has no contract of its own with it."""

    __tablename__ = "publisher"
    client_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    claims: Mapped[list[str]] = mapped_column(Json)
    all_schools: Mapped[bool]  # every school has it; otherwise only those with a contract
