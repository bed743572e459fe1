"""Which browsers are a school's: by a link that works once, or by the address they come from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import devices
from idp.school.devices import AddressRefused
from idp.school.models import Device, DeviceLink
from tests.builders import NOW, a_device, a_group, a_pupil, a_school, a_school_address, a_teacher

SOMEWHERE = "198.51.100.9"
"""An address that no school registered."""


def test_a_link_makes_one_browser_a_device_of_its_school(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, name="De Regenboog")
        ict = a_teacher(db, school, role="ict")
        token = devices.enrol(db, devices.mint_link(db, school, ict, NOW), "Tablet 3", NOW)
        place = devices.find(db, token, SOMEWHERE)
        assert place is not None
        assert (place.school_id, place.school_name, place.network) == (school, "De Regenboog", None)
        (device,) = devices.of_school(db, school)
        assert (device.id, device.name, device.enrolled_by) == (place.device_id, "Tablet 3", ict)


def test_who_was_not_enrolled_is_nowhere(database: Database) -> None:
    with database.write() as db:
        a_device(db, a_school(db))
        assert devices.find(db, None, SOMEWHERE) is None
        assert devices.find(db, "", SOMEWHERE) is None
        assert devices.find(db, "dv_" + "x" * 43, SOMEWHERE) is None
        assert devices.find(db, None, "no address at all") is None


def test_looking_at_a_link_spends_nothing_and_says_how_it_stands(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        link = devices.mint_link(db, school, None, NOW)
        for _ in range(5):
            assert devices.look_at(db, link, NOW) == devices.LinkSeen("fresh", school, "De Regenboog")
        late = NOW + devices.LINK_LIFE
        assert devices.look_at(db, link, late) == devices.LinkSeen("expired", school, "De Regenboog")
        assert devices.enrol(db, link, "Tablet", late) is None
        assert devices.enrol(db, link, "Tablet", late - timedelta(seconds=1)) is not None
        assert devices.look_at(db, link, NOW) == devices.LinkSeen("used", school, "De Regenboog")
        assert devices.enrol(db, link, "Tablet", NOW) is None
        assert devices.look_at(db, "dl_nothing", NOW) is None


def test_twelve_browsers_with_one_link_are_one_device(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        link = devices.mint_link(db, school, None, NOW)

    def enrol(number: int) -> str | None:
        with database.write() as db:
            return devices.enrol(db, link, f"Tablet {number}", NOW)

    with ThreadPoolExecutor(12) as pool:
        tokens = [token for token in pool.map(enrol, range(12)) if token is not None]
    assert len(tokens) == 1
    with database.read() as db:
        assert len(devices.of_school(db, school)) == 1


def test_an_ended_device_is_nowhere_from_then_on(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        token = devices.enrol(db, devices.mint_link(db, school, None, NOW), "Tablet", NOW)
        (device,) = devices.of_school(db, school)
        assert devices.end(db, a_school(db), device.id, "staff:x", NOW) is None
        assert devices.find(db, token, SOMEWHERE) is not None
        assert devices.end(db, school, device.id, "staff:x", NOW) == []
        assert devices.end(db, school, device.id, "staff:x", NOW) is None
        assert devices.find(db, token, SOMEWHERE) is None
        assert devices.of_school(db, school) == []


def test_the_database_holds_no_token_and_the_audit_says_what_was_done(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        link = devices.mint_link(db, school, "carla", NOW)
        token = devices.enrol(db, link, "Tablet", NOW) or ""
        kept = [
            *db.execute(select(Device.fingerprint)).scalars(),
            *db.execute(select(DeviceLink.fingerprint)).scalars(),
        ]
        assert all(value not in (link.encode(), token.encode()) and len(value) == 32 for value in kept)
        acts = db.execute(select(AuditEvent.act, AuditEvent.actor, AuditEvent.school_id)).all()
        assert {tuple(row) for row in acts} == {
            ("device.link", "staff:carla", school),
            ("device.enrolled", "staff:carla", school),
        }


def test_a_device_is_seen_at_most_once_an_hour(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        place, child = a_device(db, school), a_pupil(db, a_group(db, school))

        def seen() -> object:
            return devices.of_school(db, school)[0].last_seen_at

        devices.visit(db, place, child, "one", NOW + timedelta(minutes=59))
        assert seen() == NOW
        devices.visit(db, place, child, "two", NOW + timedelta(minutes=61))
        assert seen() == NOW + timedelta(minutes=61)


def test_what_ict_takes_back_names_the_sign_ins_that_began_there_and_lets_nobody_in(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        tablet, other, child = a_device(db, school), a_device(db, school, "Tablet 2"), a_pupil(db, a_group(db, school))
        within = a_school_address(db, school)
        for number, place in enumerate((tablet, other, tablet, within)):
            assert devices.hold(db, place)
            devices.visit(db, place, child, f"sid{number}", NOW)
        assert tablet.device_id is not None
        assert sorted(devices.end(db, school, tablet.device_id, "staff:x", NOW) or []) == ["sid0", "sid2"]
        assert not devices.hold(db, tablet)
        assert devices.hold(db, other)
        assert devices.hold(db, within)
        assert within.address_id is not None
        assert devices.remove_address(db, school, within.address_id, "staff:x", NOW) == ["sid3"]
        assert not devices.hold(db, within)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("93.184.216.34", "93.184.216.34", "93.184.216.35"),
        ("93.184.216.0/28", "93.184.216.15", "93.184.216.16"),
        (" 93.184.216.5/24 ", "93.184.216.255", "93.184.217.0"),
        ("2a00:1450:4001::/48", "2a00:1450:4001:ff::1", "2a00:1450:4002::1"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:81b::99", "2a00:1450:4001:81c::200e"),
    ],
)
def test_a_registered_network_counts_as_a_device(database: Database, network: str, inside: str, outside: str) -> None:
    with database.write() as db:
        school = a_school(db)
        assert devices.add_address(db, school, network, "carla", NOW) is None
        place = devices.find(db, None, inside)
        assert place is not None
        assert (place.school_id, place.device_id) == (school, None)
        assert devices.find(db, None, outside) is None
        (one,) = devices.addresses_of(db, school)
        assert devices.remove_address(db, a_school(db), one.id, "staff:x", NOW) is None
        assert devices.remove_address(db, school, one.id, "staff:x", NOW) == []
        assert devices.find(db, None, inside) is None


def test_the_narrowest_network_and_the_cookie_go_first(database: Database) -> None:
    with database.write() as db:
        wide, narrow, own = a_school(db), a_school(db), a_school(db)
        assert devices.add_address(db, wide, "93.184.216.0/24", "x", NOW) is None
        assert devices.add_address(db, narrow, "93.184.216.34", "x", NOW) is None
        token = devices.enrol(db, devices.mint_link(db, own, None, NOW), "Tablet", NOW)

        def school_at(token: str | None, address: str) -> str | None:
            place = devices.find(db, token, address)
            return place.school_id if place else None

        assert school_at(None, "93.184.216.34") == narrow
        assert school_at(None, "93.184.216.35") == wide
        assert school_at(token, "93.184.216.34") == own


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", devices.NO_NETWORK),
        ("school", devices.NO_NETWORK),
        ("93.184.216.34/33", devices.NO_NETWORK),
        ("93.184.216.34; DROP TABLE", devices.NO_NETWORK),
        ("0.0.0.0/0", devices.TOO_WIDE),
        ("93.184.0.0/16", devices.TOO_WIDE),
        ("2a00:1450::/32", devices.TOO_WIDE),
        ("10.0.0.5", devices.PRIVATE),
        ("192.168.1.0/24", devices.PRIVATE),
        ("127.0.0.1", devices.PRIVATE),
        ("::1", devices.PRIVATE),
        ("fe80::1", devices.PRIVATE),
        ("224.0.0.251", devices.PRIVATE),
    ],
)
def test_what_is_no_network_of_one_school_is_refused(text: str, why: str) -> None:
    found = devices.check_network(text)
    assert isinstance(found, AddressRefused)
    assert found.message == why


def test_a_network_is_one_schools(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        assert devices.add_address(db, first, "93.184.216.34", "x", NOW) is None
        for school in (first, second):
            assert devices.add_address(db, school, "93.184.216.34/32", "x", NOW) == AddressRefused(devices.TAKEN, {})
        assert devices.addresses_of(db, second) == []
