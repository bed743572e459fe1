"""The second factor of staff: an authenticator app (RFC 6238), a passkey (`passkeys`), or a recovery code.

ICT co-ordinators and operators must have one; teachers may. Nobody else ever chooses a secret for a member: a
colleague can take factors away (`reset`), and the member then sets up new ones (OWASP ASVS 5.0 V6.4.6).
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import Connection, delete, func, insert, select, update

from idp.kernel import audit, throttle
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, fingerprint, new_id
from idp.school.credentials import Fail
from idp.school.models import HalfSignIn, Staff, StaffFactor

MUST: Final = frozenset({"ict", "operator"})
"""Roles that cannot sign in without a second factor (ASVS 5.0 V6.3.3)."""

STEP_S, STEPS = 30, (-1, 0, 1)
"""RFC 6238 5.2: a code is good in its own half minute and in the one before and after it, and then once."""

RECOVERY_CODES, RECOVERY_LETTERS = 10, 24
"""24 letters out of 32 are 120 bits: enough for a plain fingerprint (ASVS 5.0 V6.5.2)."""

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_STRONG = ("totp", "passkey")


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor as its owner sees it; `kind` is totp or passkey."""

    id: str
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def of(db: Connection, staff_id: str) -> Sequence[Factor]:
    """The apps and passkeys of a member, oldest first."""
    columns = (StaffFactor.id, StaffFactor.kind, StaffFactor.name, StaffFactor.created_at, StaffFactor.last_used_at)
    mine = select(*columns).where(StaffFactor.staff_id == staff_id, StaffFactor.kind.in_(_STRONG))
    return [Factor(*row) for row in db.execute(mine.order_by(StaffFactor.created_at, StaffFactor.id))]


def has(db: Connection, staff_id: str) -> bool:
    """Has this member an app or a passkey?"""
    mine = select(StaffFactor.id).where(StaffFactor.staff_id == staff_id, StaffFactor.kind.in_(_STRONG)).limit(1)
    return db.execute(mine).first() is not None


def recovery_left(db: Connection, staff_id: str) -> int:
    """How many recovery codes are unspent."""
    mine = (StaffFactor.staff_id == staff_id, StaffFactor.kind == "recovery", StaffFactor.used_at.is_(None))
    return int(db.execute(select(func.count()).select_from(StaffFactor).where(*mine)).scalar_one())


def new_totp_secret() -> str:
    """160 random bits in base32, as an app takes them (RFC 4226 4, R6)."""
    return pyotp.random_base32()


def totp_secret(db: Connection, keyring: KeyRing, staff_id: str) -> str | None:
    """The secret of a member's oldest app, for the demo, which has no phone."""
    mine = select(StaffFactor.id, StaffFactor.secret).where(
        StaffFactor.staff_id == staff_id, StaffFactor.kind == "totp"
    )
    row = db.execute(mine.order_by(StaffFactor.created_at)).first()
    return None if row is None else keyring.unseal(row.secret, ("staff_factor", "secret", row.id)).decode()


def totp_now(secret: str, now: datetime) -> str:
    """What an app with this secret shows."""
    return pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // STEP_S)


def totp_address(secret: str, address: str) -> str:
    """The otpauth: address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=address, issuer_name="Sleutelbos")


def add_totp(
    db: Connection, keyring: KeyRing, staff_id: str, secret: str, code: str, name: str, *, now: datetime
) -> Sequence[str] | Fail:
    """Keep an app that shows the right code. The recovery codes when it is the first factor, to be shown once."""
    step = _step_of(secret, _digits(code), now)
    if step is None:
        return Fail("wrong")
    factor_id = new_id()
    sealed = keyring.seal(secret.encode(), ("staff_factor", "secret", factor_id))
    return add(db, keyring, staff_id, factor_id, "totp", sealed, name, now=now, counter=step)


def add(
    db: Connection,
    keyring: KeyRing,
    staff_id: str,
    factor_id: str,
    kind: str,
    secret: bytes,
    name: str,
    *,
    now: datetime,
    counter: int = 0,
    credential_id: bytes | None = None,
) -> Sequence[str]:
    """Write a factor down and tell its owner (ASVS 5.0 V6.3.7); the recovery codes when it is the first."""
    _hold(db, staff_id)
    first = not has(db, staff_id)
    db.execute(
        insert(StaffFactor).values(
            id=factor_id,
            staff_id=staff_id,
            kind=kind,
            secret=secret,
            credential_id=credential_id,
            name=name,
            created_at=now,
            counter=counter,
        )
    )
    _changed(db, keyring, staff_id, "factor.added", kind, now)
    return new_recovery_codes(db, staff_id, now) if first else []


def new_recovery_codes(db: Connection, staff_id: str, now: datetime) -> list[str]:
    """Ten fresh codes, shown once; the older ones are worth nothing from here on."""
    db.execute(delete(StaffFactor).where(StaffFactor.staff_id == staff_id, StaffFactor.kind == "recovery"))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]
    rows = [
        {"id": new_id(), "staff_id": staff_id, "kind": "recovery", "secret": fingerprint(code), "name": "",
         "created_at": now, "counter": 0}
        for code in codes
    ]  # fmt: skip
    db.execute(insert(StaffFactor), rows)
    audit.record(db, "factor.recovery_codes", now=now, actor=f"staff:{staff_id}", thing=f"staff:{staff_id}")
    return ["-".join(code[at : at + 6] for at in range(0, RECOVERY_LETTERS, 6)) for code in codes]


def check_code(db: Connection, keyring: KeyRing, staff_id: str, given: str, now: datetime) -> str | Fail:
    """Which kind of code this is: "totp" or "recovery", spent with this. Fail: "wrong", "used" or "locked".

    Counted before it is looked at; nothing given at all counts for nothing.
    """
    text = "".join(letter for letter in given.casefold() if letter.isascii() and letter.isalnum())
    if not text:
        return Fail("wrong")
    taken = throttle.take(db, "otp", staff_id, now)
    if isinstance(taken, throttle.Locked):
        return Fail("locked", taken.until)
    found = (
        _spend_totp(db, keyring, staff_id, text, now) if text.isdigit() else _spend_recovery(db, staff_id, text, now)
    )
    who = f"staff:{staff_id}"
    if isinstance(found, str):
        throttle.clear(db, "otp", staff_id)
        audit.record(db, "signin.factor", now=now, actor=who, thing=who, facts={"way": found})
        return found
    audit.record(db, "signin.failed", now=now, thing=who, facts={"way": "factor", "reason": found.reason})
    locked = throttle.look(db, "otp", staff_id, now)
    if locked is not None:
        # Whoever came this far has the password (ASVS 5.0 V6.3.5).
        once = f"sign_in_trouble:{staff_id}:{locked.until.isoformat()}"
        _mail(db, keyring, staff_id, "sign_in_trouble", now, once=once)
    return found


def _spend_totp(db: Connection, keyring: KeyRing, staff_id: str, code: str, now: datetime) -> str | Fail:
    mine = select(StaffFactor.id, StaffFactor.secret).where(
        StaffFactor.staff_id == staff_id, StaffFactor.kind == "totp"
    )
    outcome = Fail("wrong")
    for row in db.execute(mine).all():
        secret = keyring.unseal(row.secret, ("staff_factor", "secret", row.id)).decode()
        step = _step_of(secret, code, now)
        if step is None:
            continue
        # RFC 6238 5.2: a code is accepted once. One statement, so that two at the same moment are one.
        later = update(StaffFactor).where(StaffFactor.id == row.id, StaffFactor.counter < step)
        if db.execute(later.values(counter=step, last_used_at=now)).rowcount == 1:
            return "totp"
        outcome = Fail("used")
    return outcome


def _spend_recovery(db: Connection, staff_id: str, code: str, now: datetime) -> str | Fail:
    unspent = (
        StaffFactor.staff_id == staff_id,
        StaffFactor.kind == "recovery",
        StaffFactor.secret == fingerprint(code),
        StaffFactor.used_at.is_(None),
    )
    spent = db.execute(update(StaffFactor).where(*unspent).values(used_at=now, last_used_at=now)).rowcount
    return "recovery" if spent == 1 else Fail("wrong")


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute, counted from 1970, in which the app showed this code; None = none that is near."""
    generator, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    for step in (here + near for near in STEPS):
        if hmac.compare_digest(generator.generate_otp(step), code):
            return step
    return None


def _digits(code: str) -> str:
    return "".join(letter for letter in code if letter.isascii() and letter.isdigit())


def remove(db: Connection, keyring: KeyRing, staff_id: str, factor_id: str, now: datetime) -> bool | Fail:
    """Take a factor away; False when it is not there. Fail "last": a member of this role must keep one."""
    role = _hold(db, staff_id)
    mine = of(db, staff_id)
    gone = next((factor for factor in mine if factor.id == factor_id), None)
    if gone is None:
        return False
    if len(mine) == 1 and role in MUST:
        return Fail("last")
    leaving = StaffFactor.id == factor_id if len(mine) > 1 else StaffFactor.staff_id == staff_id
    db.execute(delete(StaffFactor).where(leaving))
    _changed(db, keyring, staff_id, "factor.removed", gone.kind, now)
    return True


def reset(db: Connection, keyring: KeyRing, staff_id: str, *, actor: str, now: datetime) -> bool:
    """A colleague takes all factors of a member away, who is told, and sets up new ones after the next password.

    False when there were none. The caller has seen to the rights, and ends the member's sessions.
    """
    _hold(db, staff_id)
    if db.execute(delete(StaffFactor).where(StaffFactor.staff_id == staff_id)).rowcount == 0:
        return False
    db.execute(delete(HalfSignIn).where(HalfSignIn.staff_id == staff_id))
    school_id = db.execute(select(Staff.school_id).where(Staff.id == staff_id)).scalar()
    audit.record(db, "factor.reset", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=school_id)
    _mail(db, keyring, staff_id, "factors_reset", now)
    return True


def _hold(db: Connection, staff_id: str) -> str | None:
    """The member's role; who changes the same member's factors waits for us."""
    return db.execute(select(Staff.role).where(Staff.id == staff_id).with_for_update()).scalar()


def _changed(db: Connection, keyring: KeyRing, staff_id: str, act: str, kind: str, now: datetime) -> None:
    who = f"staff:{staff_id}"
    audit.record(db, act, now=now, actor=who, thing=who, facts={"kind": kind})
    _mail(db, keyring, staff_id, "factor_changed", now)


def _mail(
    db: Connection, keyring: KeyRing, staff_id: str, template: str, now: datetime, once: str | None = None
) -> None:
    address = db.execute(select(Staff.address).where(Staff.id == staff_id, Staff.ended_at.is_(None))).scalar()
    if address is not None:
        told = {"path": "/leerkracht"}
        enqueue_mail(db, keyring, address, template, told, locale="nl", now=now, once=once)
