"""Two schools become one, and nobody loses anything but the name of a school."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import at_school, contracts, devices, homes, school_deletion
from idp.school.models import Device, Group, Pupil, School, SchoolAddress, Staff
from idp.school.roster import merge
from idp.school.roster.merge import Merge, Unmerged
from tests.builders import NOW, a_device, a_group, a_home, a_pupil, a_school
from tests.races import overlapping
from tests.roster_files import a_file
from tests.unit.school.roster.imported import imported, state

CODES = ["group_keys", "pupil_keys", "staff_keys", "group_names"]


def two_schools(db: Connection, *, clashing: bool = False) -> tuple[str, str]:
    first = imported(db, a_file()).school_id
    second = imported(db, a_file(4, 1, seed=2, brin="11AA")).school_id
    if not clashing:
        for table in (Pupil, Group, Staff):
            theirs = table.school_id == second
            db.execute(update(table).where(theirs).values(roster_key="b-" + table.roster_key))
    return first, second


def test_everybody_goes_to_the_first_school(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        child = db.execute(select(Pupil.id).where(Pupil.school_id == second)).scalars().first()
        account = a_home(db, str(child))
        before, theirs = state(db, first), state(db, second)
        made = merge.plan(db, first, second)
        nobody = {"former_pupil": 0, "former_staff": 0, "device": 0, "address": 0}
        assert made.counts == {"group": 1, "pupil": 4, "staff": 1} | nobody
        said = [conflict.code for conflict in made.conflicts]
        assert isinstance(merge.apply(db, made, confirmed=said, actor="staff:op", now=NOW), Merge)
        after, left = state(db, first), state(db, second)
        assert [one.pupil_id for one in homes.children(db, account.id)] == [child]
        keys = dict(db.execute(select(School.id, School.key)).all())
        events = db.execute(select(AuditEvent.school_id).where(AuditEvent.act == "school.merged")).scalars().all()
    assert after.groups == {**before.groups, **theirs.groups}
    assert after.pupils == {**before.pupils, **theirs.pupils}
    assert after.staff == {**before.staff, **theirs.staff}
    assert (left.groups, left.pupils, left.staff) == ({}, {}, {})
    assert keys == {first: "99ZZ", second: None}
    assert sorted(events) == sorted([first, second])


def test_clashing_keys_wait_for_somebody_and_are_then_dropped(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db, clashing=True)
        before, made = state(db, first), merge.plan(db, first, second)
        refused = merge.apply(db, made, actor=None, now=NOW)
        assert isinstance(refused, Unmerged)
        assert [conflict.code for conflict in refused.conflicts] == CODES
        assert state(db, first) == before
        done = merge.apply(db, made, confirmed=CODES, actor=None, now=NOW)
        assert isinstance(done, Merge)
        after = state(db, first)
    assert {one: row for one, row in after.pupils.items() if one in before.pupils} == before.pupils
    assert {row.key for one, row in after.pupils.items() if one not in before.pupils} == {None}
    assert len(after.pupils) == 10


def test_another_network_environment_is_looked_at(database: Database) -> None:
    with database.write() as db:
        made = merge.plan(db, a_school(db, network="moo"), a_school(db))
    assert [conflict.code for conflict in made.conflicts] == ["network"]


def test_a_merge_is_refused_when_a_school_changed(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        made = merge.plan(db, first, second)
        db.execute(update(Pupil).where(Pupil.school_id == second).values(school_id=first))
        refused = merge.apply(db, made, actor=None, now=NOW)
    assert isinstance(refused, Unmerged)
    assert refused.stale


def test_a_school_is_not_merged_with_itself_or_nobody(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        with pytest.raises(ValueError):
            merge.plan(db, school_id, school_id)
        with pytest.raises(LookupError):
            merge.plan(db, school_id, "nowhere")


def test_the_second_schools_key_is_free_afterwards(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        merge.apply(db, merge.plan(db, first, second), confirmed=CODES, actor=None, now=NOW)
        assert imported(db, a_file(2, 1, seed=3, brin="11AA")).school_id not in (first, second)


def test_what_the_first_schools_contracts_mean_is_said(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        for client_id, everybody in (("blink", True), ("cito", False), ("zwijsen", True), ("muiswerk", False)):
            contracts.store_publisher(db, client_id, client_id.title(), ["name"], everybody)
        contracts.close(db, first, "blink", NOW)
        contracts.agree(db, first, "cito", ["name"], NOW)
        contracts.agree(db, second, "zwijsen", ["name", "group"], NOW)
        made = merge.plan(db, first, second)
    assert {one.code: one.values["names"] for one in made.conflicts} == {
        "contracts_closed": "Blink",
        "contracts_opened": "Cito",
        "contracts_told": "Zwijsen",
    }


def test_groups_of_one_name_stay_two_groups(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        ours, theirs = a_group(db, first, name="Bever"), a_group(db, second, name="BEVER")
        made = merge.plan(db, first, second)
        assert [(one.code, one.values) for one in made.conflicts] == [("group_names", {"names": "BEVER"})]
        merge.apply(db, made, confirmed=["group_names"], actor=None, now=NOW)
        assert set(db.execute(select(Group.id).where(Group.school_id == first)).scalars()) == {ours, theirs}


def test_tablets_addresses_and_the_log_go_along(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        tablet = a_device(db, second)
        devices.add_address(db, second, "93.184.216.0/24", "ict", NOW)
        child = a_pupil(db, a_group(db, second))
        made = merge.plan(db, first, second)
        assert (made.counts["device"], made.counts["address"]) == (1, 1)
        merge.apply(db, made, actor=None, now=NOW)
        assert db.execute(select(Device.school_id)).scalars().all() == [first]
        assert db.execute(select(SchoolAddress.school_id)).scalars().all() == [first]
        assert at_school.one(db, replace(tablet, school_id=first), child) is not None
        acts = [event.act for event in audit.of_school(db, first, "", 50, 0)]
    assert "device.enrolled" in acts


def test_a_school_that_is_to_be_deleted_is_merged_with_none(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        school_deletion.ask(db, second, "op", NOW)
        made = merge.plan(db, first, second)
        refused = merge.apply(db, made, confirmed=["deletion"], actor=None, now=NOW)
    assert isinstance(refused, Unmerged)
    assert [(one.code, one.blocking) for one in refused.conflicts] == [("deletion", True)]


def test_what_changed_since_somebody_looked_is_known(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        a_group(db, second)
        seen = merge.plan(db, first, second)
        assert merge.plan(db, first, second).seen == seen.seen
        a_pupil(db, a_group(db, second, name="Das"))
        later = merge.plan(db, first, second)
    assert later.seen != seen.seen
    assert later.changed_since(seen.seen) == {"group": (1, 2), "pupil": (0, 1)}
    assert later.changed_since("group=x pupil= éé =1 nonsense=2") == {}


def test_of_two_who_merge_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        a_pupil(db, a_group(db, second))
        made = merge.plan(db, first, second)
    start = threading.Barrier(2)

    def act(actor: str) -> Merge | Unmerged:
        start.wait(timeout=20)
        with database.write() as db:
            return merge.apply(db, made, actor=actor, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(act, ["staff:one", "staff:two"]))
    assert sorted(type(one).__name__ for one in done) == ["Merge", "Unmerged"]
    assert [one.stale for one in done if isinstance(one, Unmerged)] == [True]
    with database.read() as db:
        assert db.execute(select(Pupil.school_id)).scalars().all() == [first]


def test_a_device_that_is_enrolled_at_that_moment_goes_along(database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        token = devices.mint_link(db, second, None, NOW)
        made = merge.plan(db, first, second)
    enrolled, done = overlapping(
        database,
        lambda db: devices.enrol(db, token, "Tablet", NOW),
        lambda db: merge.apply(db, made, actor="staff:one", now=NOW),
    )
    assert enrolled
    with database.read() as db:
        owner = db.execute(select(Device.school_id)).scalar_one()
    if isinstance(done, Merge):
        assert owner == first
    else:  # where one writes at a time the device was there before, and whoever merges is told
        assert (done.stale, owner) == (True, second)
