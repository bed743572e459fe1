"""A pupil comes to a school: an id, a picture that few in the group have, a PIN and a password picture."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select, update

from idp.kernel import audit
from idp.kernel.secrets import KeyRing, new_id
from idp.school import child_secrets
from idp.school.models import Pupil
from idp.school.pictures import PUPIL_PICTURES

_PUPIL = cast(Table, Pupil.__table__)
_KEYS = tuple(picture.key for picture in PUPIL_PICTURES)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A pupil to be; `returning`: the id of one who left this school and is the same child."""

    first_name: str
    family_name: str
    group_id: str | None
    roster_key: str | None = None
    eck_id: str | None = field(default=None, repr=False)
    returning: str | None = None


@dataclass(slots=True)
class Pictures:
    """Which pictures the groups have so far; a child gets one of those that are there least."""

    used: defaultdict[str | None, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    chance: random.Random = field(default_factory=random.SystemRandom)

    def next(self, group_id: str | None) -> str:
        """The picture of the next child in this group."""
        counted = self.used[group_id]
        least = min(counted[key] for key in _KEYS)
        chosen = self.chance.choice([key for key in _KEYS if counted[key] == least])
        counted[chosen] += 1
        return chosen


def join(
    db: Connection, keyring: KeyRing, school_id: str, newcomer: Newcomer, *, actor: str | None, now: datetime
) -> str:
    """One pupil comes; returns the id. The group is one of this school: the caller has looked."""
    [pupil_id] = join_all(db, keyring, school_id, [newcomer], actor=actor, now=now)
    return pupil_id


def join_all(
    db: Connection, keyring: KeyRing, school_id: str, newcomers: Sequence[Newcomer], *, actor: str | None, now: datetime
) -> list[str]:
    """Pupils come, many at once; their ids, in order. One who returns is the same person to every publisher."""
    pictures = _pictures_in_use(db, school_id) if newcomers else Pictures()
    ids = [newcomer.returning or new_id() for newcomer in newcomers]
    made = []
    for pupil_id, newcomer in zip(ids, newcomers, strict=True):
        if newcomer.returning is None:
            made.append(row(keyring, school_id, pupil_id, newcomer, pictures.next(newcomer.group_id), now))
        else:
            again = update(Pupil).where(Pupil.id == pupil_id, Pupil.school_id == school_id)
            db.execute(again.values(left_at=None, **_changing(keyring, pupil_id, newcomer)))
    if made:
        db.execute(insert(_PUPIL), made)
    facts = [
        (f"pupil:{pupil_id}", {"group": newcomer.group_id, "returning": newcomer.returning is not None})
        for pupil_id, newcomer in zip(ids, newcomers, strict=True)
    ]
    audit.record_each(db, "pupil.joined", facts, now=now, actor=actor, school_id=school_id)
    return ids


def row(
    keyring: KeyRing, school_id: str, pupil_id: str, newcomer: Newcomer, picture: str, now: datetime
) -> dict[str, Any]:
    """A new pupil's row."""
    values = {"eck_id": None, **_changing(keyring, pupil_id, newcomer)}
    return values | {"id": pupil_id, "school_id": school_id, "picture": picture, "created_at": now, "left_at": None}


def _changing(keyring: KeyRing, pupil_id: str, newcomer: Newcomer) -> dict[str, Any]:
    """What is new also of one who returns; the secrets of before are nobody's any more."""
    secret = child_secrets.seal(keyring, pupil_id, child_secrets.new_pin(), child_secrets.new_secret_picture())
    values = {
        "group_id": newcomer.group_id,
        "roster_key": newcomer.roster_key,
        "first_name": newcomer.first_name,
        "family_name": newcomer.family_name,
        "pin": secret.pin,
        "secret_picture": secret.secret_picture,
    }
    if newcomer.eck_id is not None:
        values["eck_id"] = keyring.seal(newcomer.eck_id.encode(), ("pupil", "eck_id", pupil_id))
    return values


def _pictures_in_use(db: Connection, school_id: str) -> Pictures:
    pictures = Pictures()
    present = select(Pupil.group_id, Pupil.picture).where(Pupil.school_id == school_id, Pupil.left_at.is_(None))
    for group_id, picture in db.execute(present):
        pictures.used[group_id][picture] += 1
    return pictures
