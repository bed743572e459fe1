"""Where a child may sign in without a password: on a device of its school, or within the school's own addresses.

ICT makes a link; whoever opens it on a tablet makes that tablet a device of the school. The link works once and for a
day. The device keeps a random token in a cookie until ICT ends it. A browser that is neither is told no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, delete, insert, select, update

from idp.kernel import audit
from idp.kernel.db import insert_into
from idp.kernel.secrets import fingerprint, new_id, random_token
from idp.kernel.words import msgid
from idp.school.models import Device, DeviceLink, School, SchoolAddress, SchoolVisit
from idp.school.models.school import ONLY_VIA

LINK_LIFE = timedelta(hours=24)
SEEN_EVERY = timedelta(hours=1)
MAX_NAME = 100

PREFIXES = {4: range(24, 33), 6: range(48, 65)}
"""How wide a school's network may be: up to 256 addresses, or one site of IPv6."""

NO_NETWORK = msgid("Dit is geen internetadres. Een adres ziet eruit als 192.0.2.17 of 192.0.2.0/28.")
TOO_WIDE = msgid(
    "Dit netwerk is te groot: dan horen ook anderen bij jouw school. Het kleinste getal na de / is %(least)s."
)
PRIVATE = msgid("Dit adres bestaat alleen binnen een gebouw. Vul het adres in waarmee de school op internet komt.")
TAKEN = msgid("Dit adres is al aangemeld.")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a school trusts: one of its devices, or a browser within one of its addresses."""

    school_id: str
    school_name: str
    network: str | None  # slug of the school's network environment: pupils sign in there
    device_id: str | None
    address_id: str | None
    key: str  # what tries made here are counted for

    @property
    def actor(self) -> str:
        """As the audit names it."""
        return f"device:{self.device_id}" if self.device_id else f"school:{self.school_id}"


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """An enrolment link as it stands: `state` is fresh, used or expired."""

    state: str
    school_id: str
    school_name: str


@dataclass(frozen=True, slots=True)
class OneDevice:
    """A device in ICT's list."""

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime
    enrolled_by: str | None


@dataclass(frozen=True, slots=True)
class OneAddress:
    """A registered network in ICT's list."""

    id: str
    network: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AddressRefused:
    """Why a network cannot be registered: a Dutch message id and its values."""

    message: str
    values: dict[str, str]


def find(db: Connection, token: str | None, address: str) -> Place | None:
    """Where a browser with this cookie and this address stands; None = nowhere that a school trusts."""
    return (_by_token(db, token) if token else None) or _by_address(db, address)


def _by_token(db: Connection, token: str) -> Place | None:
    row = db.execute(
        select(Device.id, School.id, School.name, ONLY_VIA)
        .join(School, School.id == Device.school_id)
        .where(Device.fingerprint == fingerprint(token), Device.ended_at.is_(None))
    ).first()
    return None if row is None else Place(row[1], row[2], row[3], row[0], None, f"device {row[0]}")


def _by_address(db: Connection, address: str) -> Place | None:
    """The school with the narrowest registered network around this address."""
    around = _networks_around(address)
    rows = db.execute(
        select(SchoolAddress.network, SchoolAddress.id, School.id, School.name, ONLY_VIA)
        .join(School, School.id == SchoolAddress.school_id)
        .where(SchoolAddress.network.in_(around))
    ).all()
    if not rows:
        return None
    _, address_id, school_id, name, network = min(rows, key=lambda row: around.index(row[0]))
    return Place(school_id, name, network, None, address_id, f"address {school_id} {address}")


def _networks_around(address: str) -> list[str]:
    """Every network that could be registered and holds this address, the narrowest first."""
    try:
        found = ip_address(address)
    except ValueError:
        return []
    return [str(ip_network(f"{found}/{prefix}", strict=False)) for prefix in reversed(PREFIXES[found.version])]


def hold(db: Connection, place: Place) -> bool:
    """Is this still the school's? If so it stays until this transaction ends: asked right before a child goes in.

    Whoever takes it back at the same moment waits for us, and then finds the session that came of it and ends it.
    """
    if place.device_id is not None:
        mine = select(Device.id).where(Device.id == place.device_id, Device.ended_at.is_(None))
    else:
        mine = select(SchoolAddress.id).where(SchoolAddress.id == place.address_id)
    return db.execute(mine.with_for_update(read=True)).first() is not None


def visit(db: Connection, place: Place, pupil_id: str, sid: str, now: datetime) -> None:
    """A child went in here, with this engine session. When the device was used is written down once an hour."""
    where = {"device_id": place.device_id, "address_id": place.address_id}
    db.execute(insert(SchoolVisit).values(sid=sid, pupil_id=pupil_id, started_at=now, **where))
    if place.device_id is not None:
        stale = (Device.id == place.device_id, Device.last_seen_at < now - SEEN_EVERY)
        db.execute(update(Device).where(*stale).values(last_seen_at=now))


def mint_link(db: Connection, school_id: str, staff_id: str | None, now: datetime) -> str:
    """A new enrolment link's token."""
    token = random_token("dl")
    values = {"fingerprint": fingerprint(token), "school_id": school_id, "made_by": staff_id}
    db.execute(insert(DeviceLink).values(**values, created_at=now, expires_at=now + LINK_LIFE))
    actor = f"staff:{staff_id}" if staff_id else None
    audit.record(db, "device.link", now=now, actor=actor, thing=f"school:{school_id}", school_id=school_id)
    return token


def look_at(db: Connection, token: str, now: datetime) -> LinkSeen | None:
    """What this link is, without spending it; None = there never was such a link."""
    row = db.execute(
        select(DeviceLink.used_at, DeviceLink.expires_at, School.id, School.name)
        .join(School, School.id == DeviceLink.school_id)
        .where(DeviceLink.fingerprint == fingerprint(token))
    ).first()
    if row is None:
        return None
    state = "used" if row[0] is not None else "expired" if row[1] <= now else "fresh"
    return LinkSeen(state, row[2], row[3])


def enrol(db: Connection, token: str, name: str, now: datetime) -> str | None:
    """Spend the link, by one statement; the new device's token. None: somebody was first, or it is no fresh link."""
    fresh = (DeviceLink.fingerprint == fingerprint(token), DeviceLink.used_at.is_(None), DeviceLink.expires_at > now)
    spent = db.execute(
        update(DeviceLink).where(*fresh).values(used_at=now).returning(DeviceLink.school_id, DeviceLink.made_by)
    ).first()
    if spent is None:
        return None
    device_id, own = new_id(), random_token("dv")
    db.execute(
        insert(Device).values(
            id=device_id,
            school_id=spent.school_id,
            name=name,
            fingerprint=fingerprint(own),
            enrolled_by=spent.made_by,
            created_at=now,
            last_seen_at=now,
        )
    )
    actor = f"staff:{spent.made_by}" if spent.made_by else None
    thing, school = f"device:{device_id}", spent.school_id
    audit.record(db, "device.enrolled", now=now, actor=actor, thing=thing, school_id=school)
    return own


def of_school(db: Connection, school_id: str) -> Sequence[OneDevice]:
    """The devices that are a school's now, by name."""
    columns = (Device.id, Device.name, Device.created_at, Device.last_seen_at, Device.enrolled_by)
    rows = db.execute(select(*columns).where(Device.school_id == school_id, Device.ended_at.is_(None)))
    return sorted((OneDevice(*row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def end(db: Connection, school_id: str, device_id: str, actor: str, now: datetime) -> list[str] | None:
    """The device is the school's no longer. None when it was none of this school's.

    The engine sessions of the children who came in on it are returned, to be ended with it.
    """
    mine = (Device.id == device_id, Device.school_id == school_id, Device.ended_at.is_(None))
    if db.execute(update(Device).where(*mine).values(ended_at=now).returning(Device.id)).first() is None:
        return None
    audit.record(db, "device.ended", now=now, actor=actor, thing=f"device:{device_id}", school_id=school_id)
    return list(db.execute(select(SchoolVisit.sid).where(SchoolVisit.device_id == device_id)).scalars())


def addresses_of(db: Connection, school_id: str) -> Sequence[OneAddress]:
    """The registered networks of a school, the oldest first."""
    columns = (SchoolAddress.id, SchoolAddress.network, SchoolAddress.created_at)
    rows = db.execute(select(*columns).where(SchoolAddress.school_id == school_id).order_by(*reversed(columns)))
    return [OneAddress(*row) for row in rows]


def check_network(text: str) -> str | AddressRefused:
    """A network as it is registered, out of what somebody typed: an address, or a network in CIDR."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        return AddressRefused(NO_NETWORK, {})
    if not network.is_global or network.is_multicast:
        return AddressRefused(PRIVATE, {})
    if network.version == 6 and network.prefixlen > PREFIXES[6][-1]:
        network = network.supernet(new_prefix=PREFIXES[6][-1])  # an address of its own changes every day
    if network.prefixlen not in PREFIXES[network.version]:
        return AddressRefused(TOO_WIDE, {"least": str(PREFIXES[network.version][0])})
    return str(network)


def add_address(db: Connection, school_id: str, text: str, staff_id: str, now: datetime) -> AddressRefused | None:
    """Register a network; None = done. A network is one school's: the first that registers it."""
    network = check_network(text)
    if isinstance(network, AddressRefused):
        return network
    values = {"id": new_id(), "school_id": school_id, "network": network, "added_by": staff_id, "created_at": now}
    added = db.execute(
        insert_into(db, SchoolAddress).values(**values).on_conflict_do_nothing().returning(SchoolAddress.id)
    ).first()
    if added is None:
        return AddressRefused(TAKEN, {})
    audit.record(
        db, "address.added", now=now, actor=f"staff:{staff_id}", thing=f"address:{added[0]}", school_id=school_id
    )
    return None


def remove_address(db: Connection, school_id: str, address_id: str, actor: str, now: datetime) -> list[str] | None:
    """Browsers there count as devices no longer. None when it was none of this school's; sessions as for `end`."""
    mine = (SchoolAddress.id == address_id, SchoolAddress.school_id == school_id)
    if db.execute(select(SchoolAddress.id).where(*mine).with_for_update()).first() is None:
        return None
    sids = list(db.execute(select(SchoolVisit.sid).where(SchoolVisit.address_id == address_id)).scalars())
    db.execute(delete(SchoolAddress).where(*mine))
    audit.record(db, "address.removed", now=now, actor=actor, thing=f"address:{address_id}", school_id=school_id)
    return sids
