"""A plan is carried out whole, once, and only in the school that it was made from."""

import dataclasses
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import child_secrets, slots
from idp.school.child_secrets import Sealed
from idp.school.models import HomeAccount, Pupil, School, Staff, StaffGroup
from idp.school.roster import kept
from tests.builders import KEYRING, NOW, a_home, queued_mails
from tests.oneroster_files import oneroster, oneroster_rows
from tests.roster_files import Child, Teacher, a_file, edexml, plain_csv
from tests.unit.school.roster.imported import carried_out, changed, groups, imported, planned, pupils, read, state

LATER = NOW + timedelta(days=1)


def test_a_file_becomes_a_school(database: Database) -> None:
    file = a_file(20, 3)
    with database.write() as db:
        applied = imported(db, file)
        rows, named = pupils(db), groups(db)
        school = db.execute(select(School.key, School.name).where(School.id == applied.school_id)).one()
        staff = db.execute(select(Staff.first_name, Staff.role, Staff.password_hash)).all()
        links = db.execute(select(func.count()).select_from(StaffGroup)).scalar_one()
    assert tuple(school) == ("99ZZ", "School 99ZZ")
    assert [(one.first_name, one.whole_family_name) for one in file.children] == [
        (rows[one.key].first_name, rows[one.key].family_name) for one in file.children
    ]
    names = {one.key: one.name for one in file.classes}
    assert all(rows[one.key].group_id == named[names[one.group or ""]] for one in file.children)
    assert {tuple(row[1:]) for row in staff} == {("teacher", None)}
    assert (len(staff), links, len(applied.invited), applied.ended) == (3, 3, 3, ())


def test_every_newcomer_has_secrets_that_open_and_a_picture_of_its_own(database: Database) -> None:
    with database.write() as db:
        imported(db, a_file(30, 1))
        rows = list(pupils(db).values())
    for row in rows:
        sealed = Sealed(row.id, row.pin, row.secret_picture)
        assert child_secrets.pin_problem(child_secrets.pin_of(KEYRING, sealed)) is None
        assert child_secrets.picture_problem(child_secrets.secret_picture_of(KEYRING, sealed)) is None
        assert KEYRING.unseal(row.eck_id, ("pupil", "eck_id", row.id)).startswith(b"https://ketenid.example/")
    assert max(Counter(row.picture for row in rows).values()) == 1
    assert len({child_secrets.pin_of(KEYRING, Sealed(row.id, row.pin, row.secret_picture)) for row in rows}) > 20


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    file = a_file(20, 3)
    with database.write() as db:
        school_id = imported(db, file).school_id
        before = state(db, school_id)
        made = planned(db, read(edexml(file)))
        assert made.empty
        carried_out(db, made)
        assert state(db, school_id) == before


def test_the_three_formats_say_the_same_of_one_school(database: Database) -> None:
    file = a_file(20, 3)
    with database.write() as db:
        school_id = imported(db, file).school_id
        assert planned(db, read(oneroster(oneroster_rows(file)))).empty
        assert planned(db, read(plain_csv(file).encode()), school_id).empty


def test_a_mover_keeps_everything_but_the_group(database: Database) -> None:
    file = a_file()
    with database.write() as db:
        imported(db, file)
        before = pupils(db)["10000"]
        home = a_home(db, before.id)
        applied = imported(db, changed(file, 0, group="g1", first_name="Ans"), now=LATER)
        after, named = pupils(db)["10000"], groups(db)
        [slot] = slots.of_pupils(db, [before.id])
    assert (after.group_id, after.first_name) == (named["Das"], "Ans")
    assert (after.id, after.pin, after.secret_picture, after.picture, after.eck_id) == (
        before.id,
        before.pin,
        before.secret_picture,
        before.picture,
        before.eck_id,
    )
    assert slot.home_account_id == home.id
    assert applied.ended == ()


def test_a_leaver_is_out_at_once_and_the_account_of_no_other_child_is_told(database: Database) -> None:
    file = a_file()
    with database.write() as db:
        imported(db, file)
        gone, stays = pupils(db)["10005"].id, pupils(db)["10000"].id
        only, both = a_home(db, gone), a_home(db, gone, stays)
        applied = imported(db, dataclasses.replace(file, children=file.children[:-1]), now=LATER)
        row = db.execute(select(Pupil.left_at, Pupil.group_id).where(Pupil.id == gone)).one()
        left = db.execute(select(HomeAccount.id)).scalars().all()
        mails = [mail["to"] for mail in queued_mails(db, "account_deleted")]
        assert slots.of_pupils(db, [gone]) == []
        assert [slot.home_account_id for slot in slots.of_pupils(db, [stays])] == [both.id]
    assert tuple(row) == (LATER, None)
    assert applied.ended == (f"pupil:{gone}",)
    assert left == [both.id]
    assert mails == [only.address]


def test_who_comes_back_is_the_same_child_with_new_secrets(database: Database) -> None:
    file = a_file()
    with database.write() as db:
        imported(db, file)
        before = pupils(db)["10005"]
        imported(db, dataclasses.replace(file, children=file.children[:-1]))
        imported(db, file, now=LATER)
        after = pupils(db)["10005"]
    assert (after.id, after.left_at, after.group_id) == (before.id, None, before.group_id)
    assert (after.pin, after.secret_picture) != (before.pin, before.secret_picture)
    assert KEYRING.unseal(after.eck_id, ("pupil", "eck_id", after.id)) == (file.children[5].eck_id or "").encode()


def test_a_group_that_nobody_is_in_closes_with_its_teachers(database: Database) -> None:
    file = a_file()
    one_group = dataclasses.replace(
        file,
        classes=file.classes[:1],
        children=[dataclasses.replace(child, group="g0") for child in file.children],
        teachers=[dataclasses.replace(teacher, groups=["g0"]) for teacher in file.teachers],
    )
    with database.write() as db:
        imported(db, file)
        imported(db, one_group)
        assert list(groups(db)) == ["Bever"]
        assert db.execute(select(func.count()).select_from(StaffGroup)).scalar_one() == 2


def test_a_teacher_changes_goes_and_comes_back_without_the_old_password(database: Database) -> None:
    file = a_file(6, 4)
    without = dataclasses.replace(
        file, teachers=[dataclasses.replace(file.teachers[0], family_name="Nieuw", groups=["g1"]), *file.teachers[1:3]]
    )
    with database.write() as db:
        imported(db, file)
        db.execute(update(Staff).values(password_hash="the hash of a password"))
        applied = imported(db, without, now=LATER)
        rows = {row.roster_key: row for row in db.execute(select(Staff.__table__))}
        linked = db.execute(select(StaffGroup.group_id).where(StaffGroup.staff_id == rows["l0"].id)).scalars().all()
        assert (rows["l0"].family_name, linked) == ("Nieuw", [groups(db)["Das"]])
        assert rows["l0"].password_hash == "the hash of a password"
        assert rows["l3"].ended_at == LATER
        assert applied.ended == (f"staff:{rows['l3'].id}",)
        again = imported(db, file)
        back = db.execute(select(Staff.__table__).where(Staff.roster_key == "l3")).one()
    assert (back.id, back.ended_at, back.password_hash) == (rows["l3"].id, None, None)
    assert again.invited == (rows["l3"].id,)


def test_staff_of_another_school_are_left_alone_and_not_told_of(database: Database) -> None:
    first = a_file(6, 1)
    second = dataclasses.replace(
        a_file(6, 1, brin="11AA"), teachers=[Teacher("l0", "Juf", "Aa", first.teachers[0].email)]
    )
    with database.write() as db:
        here = imported(db, first).school_id
        imported(db, second)
        rows = db.execute(select(Staff.school_id, Staff.first_name)).all()
    assert [tuple(row) for row in rows] == [(here, first.teachers[0].first_name)]


def test_a_kept_plan_does_the_same(database: Database) -> None:
    file = a_file(20, 3)
    with database.write() as db:
        imported(db, file)
        made = planned(db, read(edexml(changed(file, 0, group="g1"))))
        again = kept.load(kept.dump(made))
        assert again == made
        carried_out(db, again)
        assert planned(db, read(edexml(changed(file, 0, group="g1")))).empty


def test_another_school_is_not_touched(database: Database) -> None:
    with database.write() as db:
        other = imported(db, a_file(seed=2, brin="11AA")).school_id
        before = state(db, other)
        imported(db, a_file())
        imported(db, dataclasses.replace(a_file(), children=a_file().children[:1]), confirmed=["leavers"])
        assert state(db, other) == before


def test_every_change_is_in_the_audit_by_ids_alone(database: Database) -> None:
    file = a_file()
    other = dataclasses.replace(
        changed(file, 0, group="g1", first_name="Ans"),
        children=[*changed(file, 0, group="g1", first_name="Ans").children[:5], Child("9", "Nieuw", "Kind", "g0")],
    )
    with database.write() as db:
        imported(db, file)
        school_id = imported(db, other, now=LATER).school_id
        rows = db.execute(select(AuditEvent.__table__).where(AuditEvent.at == LATER)).all()
    acts = Counter(row.act for row in rows)
    assert acts == {"pupil.joined": 1, "pupil.moved": 1, "pupil.renamed": 1, "pupil.left": 1, "roster.applied": 1}
    assert {(row.actor, row.school_id) for row in rows} == {("staff:ict", school_id)}
    [applied] = [row.facts for row in rows if row.act == "roster.applied"]
    assert (applied["joiners"], applied["leavers"], applied["source"]) == (1, 1, "edexml")
    assert not [word for word in ("Ans", "Nieuw", "Kind") if word in repr(rows)]


def test_a_delta_is_carried_out(database: Database) -> None:
    file = a_file()
    rows = {
        "users": [
            {"sourcedId": "10000", "status": "tobedeleted", "givenName": "x", "familyName": "x"},
            {"sourcedId": "new", "status": "active", "givenName": "Nieuw", "familyName": "Kind"},
        ],
        "roles": [{"userSourcedId": "new", "role": "student", "status": "active"}],
        "enrollments": [
            {"classSourcedId": "g1", "userSourcedId": "new", "role": "student", "status": "active"},
            {"classSourcedId": "g1", "userSourcedId": "10002", "role": "student", "status": "active"},
            {"classSourcedId": "g0", "userSourcedId": "10002", "role": "student", "status": "tobedeleted"},
        ],
    }
    with database.write() as db:
        school_id = imported(db, file).school_id
        before = state(db, school_id)
        applied = carried_out(db, planned(db, read(oneroster(rows, mode="delta")), school_id))
        after = state(db, school_id)
        das = groups(db)["Das"]
    by_key = {pupil.key: pupil for pupil in after.pupils.values()}
    assert by_key["10000"].left
    assert (by_key["new"].group_id, by_key["10002"].group_id) == (das, das)
    touched = {by_key[key].id for key in ("10000", "10002", "new")}
    assert {one: row for one, row in after.pupils.items() if one not in touched} == {
        one: row for one, row in before.pupils.items() if one not in touched
    }
    assert (after.groups, after.staff) == (before.groups, before.staff)
    assert applied.ended == (f"pupil:{by_key['10000'].id}",)
