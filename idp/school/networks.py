"""The network environments that a school can work through: pupils then sign in there, also at home."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select, update

from idp.kernel import audit
from idp.school.models import Pupil, School

NETWORKS = {
    "moo": "MOO",
    "zuluconnect": "ZuluConnect",
    "cloudwise": "Cloudwise",
    "mijnonderwijsportaal": "MijnOnderwijsPortaal",
    "ratho-portaal": "Ratho Portaal",
    "prowise-go": "Prowise Go'",
    "skool-miloo": "Skool/Miloo",
    "onlineklas": "OnlineKlas",
}
"""By slug: what people call it."""

MAX_KEY = 100


@dataclass(frozen=True, slots=True)
class Known:
    """The pupil of a key."""

    pupil_id: str
    school_id: str


@dataclass(frozen=True, slots=True)
class Keys:
    """How many pupils a school has, and how many of them without a key of its administration."""

    pupils: int
    without: int


@dataclass(frozen=True, slots=True)
class Way:
    """How pupils sign in: through an environment (its slug), `direct_too` with us beside it; None = only with us."""

    network: str | None
    direct_too: bool = False


def name_of(slug: str | None) -> str | None:
    """What a network environment is called; None = the school works without one."""
    return None if slug is None else NETWORKS.get(slug, slug)


def pupil_of(db: Connection, slug: str, key: str) -> Known | str:
    """Whom this environment means by a key: a pupil with that roster key, at a school that works through it.

    Otherwise "unknown", or "ambiguous" for a key that two schools have: nobody is chosen then. Never by name.
    """
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        return "unknown"
    rows = db.execute(
        select(Pupil.id, Pupil.school_id)
        .join(School, School.id == Pupil.school_id)
        .where(School.network == slug, Pupil.roster_key == key, Pupil.left_at.is_(None))
        .limit(2)
    ).all()
    if len(rows) != 1:
        return "ambiguous" if rows else "unknown"
    return Known(rows[0].id, rows[0].school_id)


def keys_of(db: Connection, school_id: str) -> Keys:
    """Who of a school could be found by key."""
    without = func.coalesce(func.sum(case((Pupil.roster_key.is_(None), 1), else_=0)), 0)
    row = db.execute(select(func.count(), without).where(Pupil.school_id == school_id, Pupil.left_at.is_(None))).one()
    return Keys(int(row[0]), int(row[1]))


def way_of(db: Connection, school_id: str) -> Way:
    """How a school's pupils sign in. Raises NoResultFound for no such school."""
    return Way(*db.execute(select(School.network, School.direct_too).where(School.id == school_id)).one())


def change(db: Connection, school_id: str, before: Way, after: Way, *, actor: str, now: datetime) -> bool:
    """The school's pupils sign in in another way from here on. E-mail slots and their accounts stay as they are.

    False when the way is not `before` any more: a colleague was first. Who is signed in at the moment came in the old
    way: the caller ends that.
    """
    as_seen = School.network.is_(None) if before.network is None else School.network == before.network
    statement = (
        update(School)
        .where(School.id == school_id, as_seen, School.direct_too.is_(before.direct_too))
        .values(network=after.network, direct_too=after.direct_too)
    )
    if db.execute(statement.returning(School.id)).first() is None:
        return False
    facts = {"before": before.network, "after": after.network, "direct_too": after.direct_too}
    audit.record(
        db, "network.changed", now=now, actor=actor, thing=f"school:{school_id}", school_id=school_id, facts=facts
    )
    return True
