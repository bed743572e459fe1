"""Home accounts, the slots that lead to them, the mailed links, passkeys, and the household on a browser."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id


class HomeAccount(Base):
    """An e-mail address with a password; belongs to the address, whatever children it leads to."""

    __tablename__ = "home_account"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    address: Mapped[str] = mapped_column(String(320))  # as typed: where mail goes
    address_key: Mapped[str] = mapped_column(String(320), unique=True)  # as compared
    password_hash: Mapped[str | None] = mapped_column(String(200))
    activated_at: Mapped[datetime | None]  # a password was set through a mailed link
    locale: Mapped[str] = mapped_column(String(5), default="nl")
    created_at: Mapped[datetime]


class EmailSlot(Base):
    """One of a pupil's two places for a home account. `confirmed_at`: the parent took this child on."""

    __tablename__ = "email_slot"
    __table_args__ = (
        UniqueConstraint("pupil_id", "position"),
        UniqueConstraint("pupil_id", "home_account_id"),
        CheckConstraint("position IN (1, 2)", name="position"),
        Index("ix_email_slot_home_account_id", "home_account_id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    pupil_id: Mapped[str] = mapped_column(ForeignKey("pupil.id"))
    position: Mapped[int]
    home_account_id: Mapped[str] = mapped_column(ForeignKey("home_account.id"))
    filled_by: Mapped[str | None] = mapped_column(Id)  # staff id
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class SlotRefusal(Base):
    """Somebody said "not my child" to what stood in this place, and nobody filled it since."""

    __tablename__ = "slot_refusal"
    __table_args__ = (CheckConstraint("position IN (1, 2)", name="position"),)
    pupil_id: Mapped[str] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Link(Base):
    """A mailed link, kept as a fingerprint. `kind`: activate (for one slot) or reset (for an account).

    `opened_at`: its page was first looked at, by a parent or by a scanner of mail.
    """

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("kind IN ('activate', 'reset')", name="kind"),
        Index("ix_link_home_account_id", "home_account_id"),
        Index("ix_link_slot_id", "slot_id"),
    )
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    home_account_id: Mapped[str] = mapped_column(Id)  # no foreign key: the link outlives what it led to,
    slot_id: Mapped[str | None] = mapped_column(Id)  # so that its page can say what became of it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class HomeVisit(Base):
    """A child that came in through a home account: which sign-ins end when the account loses the child."""

    __tablename__ = "home_visit"
    __table_args__ = (Index("ix_home_visit_home_account_id_pupil_id", "home_account_id", "pupil_id"),)
    sid: Mapped[str] = mapped_column(Id, primary_key=True)  # the engine's session
    home_account_id: Mapped[str] = mapped_column(Id)
    pupil_id: Mapped[str] = mapped_column(Id)
    household: Mapped[bytes] = mapped_column(LargeBinary(32))  # fingerprint of the browser's household
    started_at: Mapped[datetime]


class Household(Base):
    """A home account signed in on one browser: the tiles. The child that is in has an engine session beside it."""

    __tablename__ = "household"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    home_account_id: Mapped[str] = mapped_column(ForeignKey("home_account.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]  # when the password was given: an absolute age hangs on it
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    way: Mapped[str | None] = mapped_column(String(20))  # "home-passkey"; none = with the password
    browser: Mapped[str | None] = mapped_column(String(40))  # "Firefox, Windows"
    network: Mapped[str | None] = mapped_column(String(40))  # roughly: "82.168.x.x"


class AddressChange(Base):
    """The address that an account is to have once its mailbox says yes. Confirming takes the row away."""

    __tablename__ = "address_change"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    home_account_id: Mapped[str] = mapped_column(ForeignKey("home_account.id", ondelete="CASCADE"), unique=True)
    address: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class HomePasskey(Base):
    """A passkey of a home account, shown instead of the address and the password (Web Authentication)."""

    __tablename__ = "home_passkey"
    __table_args__ = (Index("ix_home_passkey_home_account_id", "home_account_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    home_account_id: Mapped[str] = mapped_column(ForeignKey("home_account.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE
    counter: Mapped[int] = mapped_column(BigInteger)  # the authenticator's own
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
