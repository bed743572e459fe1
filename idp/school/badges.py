"""Two things that a child can hold up or type at school instead of its PIN: a printed badge, and a code for once.

A badge's code is 144 random bits and stands on the card alone: here lies its fingerprint, so a card that is printed
again gets a new one, and the old one is worth nothing. An emergency code is short, since a child types it; it lives for
twenty minutes, works once, and only on a device of the school.
"""

import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, insert, select, update

from idp.kernel import audit
from idp.kernel.secrets import KeyRing, fingerprint, new_id
from idp.school.models import Badge, EmergencyCode, Pupil

PREFIX = "sb1:"
"""What a badge's code begins with, so that a scanner's other finds are told apart (and this form from the next)."""

_BADGE_BYTES = 18
MAX_BADGE = 100

CODE_LIFE = timedelta(minutes=20)
CODE_LENGTH = 6
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ34679"
"""Nothing that looks like something else on a board, and no vowels: no word comes out that a child should not read."""


def mint(db: Connection, pupil_ids: Iterable[str], actor: str, now: datetime) -> Mapping[str, str]:
    """A new badge for each of these pupils, as pupil -> code; the ones that they had are worth nothing from here on."""
    wanted = dict.fromkeys(pupil_ids)
    schools = {row.id: row.school_id for row in _lock(db, list(wanted))}
    codes = {pupil_id: PREFIX + secrets.token_urlsafe(_BADGE_BYTES) for pupil_id in wanted if pupil_id in schools}
    if not codes:
        return {}
    db.execute(update(Badge).where(Badge.pupil_id.in_(codes), Badge.revoked_at.is_(None)).values(revoked_at=now))
    rows = [
        {"id": new_id(), "pupil_id": pupil_id, "fingerprint": fingerprint(code), "created_at": now}
        for pupil_id, code in codes.items()
    ]
    db.execute(insert(Badge), rows)
    for pupil_id in codes:
        school_id = schools[pupil_id]
        audit.record(db, "badge.printed", now=now, actor=actor, thing=f"pupil:{pupil_id}", school_id=school_id)
    return codes


def _lock(db: Connection, pupil_ids: list[str]) -> Sequence[Row[str, str]]:
    """These pupils, one printer after the other: two teachers who print at once leave one badge each, not two."""
    pupils = select(Pupil.id, Pupil.school_id).where(Pupil.id.in_(pupil_ids), Pupil.left_at.is_(None))
    return db.execute(pupils.order_by(Pupil.id).with_for_update()).all()


def owner_of(db: Connection, text: str) -> str | None:
    """The pupil whose badge this is, as it was scanned or typed; None = nobody's, or not any more."""
    row = db.execute(
        select(Badge.pupil_id).where(Badge.fingerprint == fingerprint(_read(text)), Badge.revoked_at.is_(None))
    ).first()
    return None if row is None else str(row.pupil_id)


def _read(text: str) -> str:
    code = "".join(text.split())[:MAX_BADGE]
    return code if code[: len(PREFIX)].lower() != PREFIX else PREFIX + code[len(PREFIX) :]


def printed_at(db: Connection, pupil_ids: Iterable[str]) -> Mapping[str, datetime]:
    """When the badge that these pupils have now was printed, by pupil."""
    rows = db.execute(
        select(Badge.pupil_id, Badge.created_at).where(Badge.pupil_id.in_(list(pupil_ids)), Badge.revoked_at.is_(None))
    )
    return {row.pupil_id: row.created_at for row in rows}


def make_code(db: Connection, keyring: KeyRing, pupil_id: str, staff_id: str, now: datetime) -> str | None:
    """An emergency code for this pupil; an earlier one is worth nothing from here on. None: nobody who is at school."""
    found = _lock(db, [pupil_id])
    if not found:
        return None
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    unused = (EmergencyCode.pupil_id == pupil_id, EmergencyCode.used_at.is_(None))
    db.execute(update(EmergencyCode).where(*unused).values(used_at=now))
    db.execute(
        insert(EmergencyCode).values(
            id=new_id(),
            pupil_id=pupil_id,
            fingerprint=_fingerprint(keyring, pupil_id, code),
            made_by=staff_id,
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    thing, school_id = f"pupil:{pupil_id}", found[0].school_id
    audit.record(db, "emergency.made", now=now, actor=f"staff:{staff_id}", thing=thing, school_id=school_id)
    return code


def spend_code(db: Connection, keyring: KeyRing, pupil_id: str, text: str, now: datetime) -> bool:
    """Was this the pupil's emergency code? It is spent by one statement, once."""
    spelled = unicodedata.normalize("NFKC", text).upper()
    code = "".join(letter for letter in spelled if letter in CODE_ALPHABET)
    spent = db.execute(
        update(EmergencyCode)
        .where(
            EmergencyCode.pupil_id == pupil_id,
            EmergencyCode.fingerprint == _fingerprint(keyring, pupil_id, code),
            EmergencyCode.used_at.is_(None),
            EmergencyCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EmergencyCode.id)
    ).first()
    return spent is not None


def _fingerprint(keyring: KeyRing, pupil_id: str, code: str) -> bytes:
    """With a key that is not in the database: thirty bits alone are guessed in no time out of a copy of it."""
    return fingerprint(f"{keyring.derive('emergency-code')}:{pupil_id}:{code}")
