"""The second factor of staff, the sign-ins that are half done, and where staff are signed in."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id


class StaffFactor(Base):
    """One way to show the second factor.

    `secret`: of an authenticator app sealed at (staff_factor, secret, id), of a passkey its public key (COSE), of a
    recovery code its fingerprint. `counter`: the last 30-second step that was used, or a passkey's own counter.
    """

    __tablename__ = "staff_factor"
    __table_args__ = (
        CheckConstraint("kind IN ('totp', 'passkey', 'recovery')", name="kind"),
        Index("ix_staff_factor_staff_id", "staff_id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of a passkey
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    counter: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[datetime | None]  # of a recovery code: it is spent


class HalfSignIn(Base):
    """The password was right and the second factor is asked for, on one browser. Finishing takes the row away."""

    __tablename__ = "half_sign_in"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]


class PasskeyChallenge(Base):
    """What a passkey is to sign, once, in one browser. `owner_id`: who it is for; none = whoever has the passkey."""

    __tablename__ = "passkey_challenge"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(32))
    purpose: Mapped[str] = mapped_column(String(10))  # "add" or "show"; of a home "home-add" or "home-show"
    owner_id: Mapped[str | None] = mapped_column(Id)
    expires_at: Mapped[datetime]


class StaffReset(Base):
    """The mailed link with which a member of staff chooses another password."""

    __tablename__ = "staff_reset"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffVisit(Base):
    """A session of a member of staff, and the kind of browser that it is in."""

    __tablename__ = "staff_visit"
    sid: Mapped[str] = mapped_column(Id, primary_key=True)  # the engine's session
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(String(40))  # "Firefox, Windows"
    started_at: Mapped[datetime]


class SchoolDeletion(Base):
    """One operator asked to delete a school; another must confirm it."""

    __tablename__ = "school_deletion"
    school_id: Mapped[str] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[str] = mapped_column(Id)  # staff id
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
