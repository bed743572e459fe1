"""One child, wholly: handed over, and erased without a trace."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from idp.directory import AT_ONCE, DEPARTED, FORMER, Directory
from idp.engine.engine import Engine
from idp.engine.tables import ACCESS_TOKEN, GRANT, PAIRWISE_SUBJECT, REFRESH_TOKEN
from idp.engine.upstream.tables import LINK
from idp.kernel import audit, outbox
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Base, Database
from idp.kernel.secrets import fingerprint, new_id
from idp.kernel.transports import DemoMail
from idp.school import address_change, badges, homes, households, invitations, school_deletion, slots
from idp.school.households import SignedIn
from idp.school.models import EmailSlot, Pupil, Staff
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, a_teacher, an_address
from tests.engine_parts import ISSUER, a_stored_client

CHILD = {
    "first_name": "Quirijn",
    "family_name": "Zonneveld-Xu",
    "eck_id": "https://ketenid.example/9f2",
    "roster_key": "LL-77812",
}
ADDRESS = "zonneveld.xu@thuis.example"
UPSTREAM_SUB = "moo-leerling-55171"


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine.build(ISSUER, database, KEYRING, Directory(KEYRING))


def a_story(db: Connection, engine: Engine) -> tuple[str, list[str]]:
    """A child that did everything a child does, beside one that must stay as it is. Its id, and all that names it."""
    school = a_school(db)
    group = a_group(db, school)
    pupil = a_pupil(db, group, **CHILD)
    account = a_home(db, pupil, address=ADDRESS)
    slots.fill(db, KEYRING, pupil, 2, an_address("opa.zonneveld@thuis.example"), staff_id="teacher", now=NOW)
    former = slots.of_pupils(db, [pupil])[1]
    slots.replace(db, KEYRING, former, an_address("oma.zonneveld@thuis.example"), staff_id="teacher", now=NOW)
    household = SignedIn(households.start(db, account.id, NOW), account.id, ADDRESS, "nl", NOW)
    sid, sub = _signed_in_at_a_publisher(db, engine, pupil)
    households.visit(db, household, pupil, sid, NOW)
    homes.send_reset(db, KEYRING, account, NOW)
    address_change.ask(db, KEYRING, account, an_address("xu.nieuw@thuis.example"), NOW)
    badges.mint(db, [pupil], "staff:teacher", NOW)
    badges.make_code(db, KEYRING, pupil, "teacher", NOW)
    outbox.enqueue(
        db, KEYRING, "mail", {"to": ADDRESS, "facts": {}}, now=NOW, once=f"child_locked:{account.id}:{pupil}:1"
    )
    audit.record(db, "signin.child", now=NOW, actor=f"home:{account.id}", thing=f"pupil:{pupil}", school_id=school)
    audit.record(db, "pupil.mentioned", now=NOW, thing="group:x", school_id=school, facts={"pupil": pupil, "sid": sid})
    db.execute(
        insert(DemoMail).values(
            id=new_id(), recipient=ADDRESS, subject="Hoi Quirijn", text=pupil, html="", links=[], sent_at=NOW
        )
    )
    slot_ids = [slot.id for slot in slots.of_pupils(db, [pupil])]
    named = [
        *CHILD.values(),
        ADDRESS,
        UPSTREAM_SUB,
        "oma.zonneveld",
        "xu.nieuw",
        pupil,
        sid,
        sub,
        former.id,
        *slot_ids,
    ]
    return pupil, named


def _signed_in_at_a_publisher(db: Connection, engine: Engine, pupil: str) -> tuple[str, str]:
    client_id = a_stored_client(db, "blink", backchannel_logout_uri="https://blink.example/out")
    subject, sub = f"pupil:{pupil}", new_id()
    sid = engine.sessions.start(db, subject, amr=("pwd",), acr="urn:sleutelbos:acr:home", now=NOW).login.sid
    link = {"sid": sid, "slug": "moo", "sub": UPSTREAM_SUB, "id_token": b"sealed", "started_at": NOW}
    db.execute(insert(LINK).values(link))
    db.execute(insert(PAIRWISE_SUBJECT).values(sector="blink.example", subject=subject, sub=sub))
    grant: dict[str, Any] = {
        "id": new_id(), "client_id": client_id, "subject": subject, "sub": sub, "sid": sid, "auth_time": NOW,
        "amr": "pwd", "acr": "urn:sleutelbos:acr:home", "scope": "openid", "told": ["given_name"], "offline": True,
        "created_at": NOW, "expires_at": NOW + timedelta(days=180), "code": fingerprint("code"), "code_used_at": NOW,
    }  # fmt: skip
    db.execute(insert(GRANT).values(grant))
    token = {"grant_id": grant["id"], "issued_at": NOW, "expires_at": NOW + timedelta(hours=1)}
    db.execute(insert(ACCESS_TOKEN).values(fingerprint=fingerprint("at"), client_id=client_id, scope="", **token))
    db.execute(insert(REFRESH_TOKEN).values(fingerprint=fingerprint("rt"), **token))
    return sid, sub


def dump(db: Connection) -> str:
    """Every value of every table, as text; bytes both as they are and in hex."""
    lines = []
    for table in Base.metadata.sorted_tables:
        for row in db.execute(select(table)):
            cells = [f"{cell!r} {cell.hex()}" if isinstance(cell, bytes) else str(cell) for cell in row]
            lines.append(f"{table.name} {' '.join(cells)}")
    return "\n".join(lines)


def test_after_erasing_nothing_in_the_database_names_the_child(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, named = a_story(db, engine)
        unsealed = [name for name in named if name != CHILD["eck_id"]]
        assert [name for name in unsealed if name not in dump(db)] == []
        assert Directory(KEYRING).erase(db, engine.sessions, pupil, NOW, actor="staff:ict", why="asked")
    with database.read() as db:
        after = dump(db)
    assert [name for name in named if name in after] == []


def test_the_audit_still_tells_what_happened_to_one_and_the_same(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, _named = a_story(db, engine)
        Directory(KEYRING).erase(db, engine.sessions, pupil, NOW, actor="staff:ict", why="asked")
        rows = db.execute(select(AuditEvent.act, AuditEvent.thing).where(AuditEvent.thing.startswith("pupil:"))).all()
    assert {act for act, _thing in rows} >= {"slot.filled", "signin.child", "pupil.erased"}
    assert len({thing for _act, thing in rows}) == 1


def test_a_publisher_is_still_told_that_the_child_is_out(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, _named = a_story(db, engine)
        Directory(KEYRING).erase(db, engine.sessions, pupil, NOW, actor=None, why="asked")
        table = outbox.Outbox
        waiting = db.execute(select(table.payload).where(table.kind == "backchannel_logout", table.state == "queued"))
        assert [payload is not None for payload in waiting.scalars()] == [True]


def test_a_brother_and_the_account_that_they_share_stay(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, _named = a_story(db, engine)
        brother = a_pupil(db, first_name="Willem")
        a_home(db, brother, address=ADDRESS)
        Directory(KEYRING).erase(db, engine.sessions, pupil, NOW, actor=None, why="asked")
        assert [slot.address for slot in slots.of_pupils(db, [brother])] == [ADDRESS]
        assert db.execute(select(Pupil.first_name)).scalars().all() == ["Willem"]


def test_a_child_that_is_not_there_is_not_erased(database: Database, engine: Engine) -> None:
    with database.write() as db:
        assert not Directory(KEYRING).erase(db, engine.sessions, "nobody", NOW, actor=None, why="asked")
        assert Directory(KEYRING).export(db, engine.registry, "nobody") is None


def test_the_export_holds_all_of_it_and_no_secret(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, _named = a_story(db, engine)
        found = Directory(KEYRING).export(db, engine.registry, pupil)
        (sub,) = db.execute(select(PAIRWISE_SUBJECT.c.sub)).scalars()
        filled = db.execute(select(EmailSlot.id)).scalars().all()
    assert found is not None
    assert found["pupil"] | CHILD == found["pupil"]
    assert found["group"]["name"] == "Bever"
    assert {slot["address"] for slot in found["home_login"]} == {ADDRESS, "oma.zonneveld@thuis.example"}
    assert {slot["id"] for slot in found["home_login"]} == set(filled)
    assert [one["claims"] for one in found["told"]] == [["given_name"]]
    assert found["pseudonyms"] == [{"sector": "blink.example", "sub": sub}]
    assert [one["known_there_as"] for one in found["network_sign_ins"]] == [UPSTREAM_SUB]
    assert found["sign_ins"][0]["how"] == "urn:sleutelbos:acr:home"
    assert {"slot.filled", "signin.child", "pupil.mentioned"} <= {event["act"] for event in found["audit"]}
    assert "1111" not in str(found)


def test_a_child_that_left_a_year_ago_is_erased_and_no_other(database: Database, engine: Engine) -> None:
    chore = Directory(KEYRING).departed(engine.sessions)
    with database.write() as db:
        a_pupil(db, first_name="Nog hier")
        for _ in range(AT_ONCE + 1):
            a_pupil(db, first_name="Weg", left_at=NOW)
    for at, left in ((NOW + DEPARTED, AT_ONCE + 2), (NOW + DEPARTED + timedelta(1), 2), (NOW + DEPARTED * 2, 1)):
        with database.write() as db:
            chore(db, at)
            assert len(db.execute(select(Pupil.id)).all()) == left


def a_former_colleague(db: Connection, engine: Engine, ended_at: datetime) -> tuple[str, list[str]]:
    """Somebody who worked here, with all that a member of staff leaves behind; the id, and all that names them."""
    school = a_school(db)
    group = a_group(db, school)
    staff_id = a_teacher(db, school, group, first_name="Wilhelmina", address="wilhelmina@regenboog.example")
    invitations.send(db, KEYRING, staff_id, actor="staff:ict", now=NOW)
    subject = f"staff:{staff_id}"
    sid = engine.sessions.start(db, subject, amr=("pwd",), acr="urn:sleutelbos:acr:staff", now=NOW).login.sid
    slots.fill(db, KEYRING, a_pupil(db, group), 1, an_address(), staff_id=staff_id, now=NOW)
    audit.record(db, "page.not_found", now=NOW, actor=subject, facts={"page": "/groepen"})
    audit.record(db, "staff.role", now=NOW, actor="staff:ict", thing=subject, school_id=school, facts={"sid": sid})
    db.execute(update(Staff).where(Staff.id == staff_id).values(ended_at=ended_at))
    return staff_id, [staff_id, sid, "Wilhelmina", "wilhelmina@"]


def test_staff_that_left_a_year_ago_is_erased_and_no_other(database: Database, engine: Engine) -> None:
    chore = Directory(KEYRING).former(engine.sessions)
    with database.write() as db:
        staff_id, named = a_former_colleague(db, engine, NOW)
        a_teacher(db, first_name="Nog hier")
        assert [name for name in named if name not in dump(db)] == []
        chore(db, NOW + FORMER)
        assert staff_id in dump(db)
        chore(db, NOW + FORMER + timedelta(seconds=1))
        after = dump(db)
        acts = db.execute(select(AuditEvent.act)).scalars().all()
        assert db.execute(select(Staff.first_name)).scalars().all() == ["Nog hier"]
    assert [name for name in named if name in after] == []
    assert {"slot.filled", "staff.role", "page.not_found", "staff.erased"} <= set(acts)


def test_a_page_that_a_child_was_refused_names_it_no_longer_either(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, _named = a_story(db, engine)
        audit.record(db, "page.not_found", now=NOW, actor=f"pupil:{pupil}", facts={"page": "/portaal"})
        Directory(KEYRING).erase(db, engine.sessions, pupil, NOW, actor=None, why="asked")
        assert pupil not in dump(db)


def test_after_a_school_is_deleted_nothing_names_its_people(database: Database, engine: Engine) -> None:
    with database.write() as db:
        pupil, named = a_story(db, engine)
        school = db.execute(select(Pupil.school_id).where(Pupil.id == pupil)).scalar_one()
        teacher = a_teacher(db, school, first_name="Wilhelmina", address="wilhelmina@regenboog.example")
        invitations.send(db, KEYRING, teacher, actor="staff:ict", now=NOW)
        audit.record(db, "page.not_found", now=NOW, actor=f"staff:{teacher}", facts={"page": "/groepen"})
        elsewhere = a_pupil(db, first_name="Elders")
        audit.record(db, "signin.child", now=NOW, thing=f"pupil:{elsewhere}", school_id="other")
        school_deletion.ask(db, school, "first", NOW)
        assert Directory(KEYRING).delete_school(db, engine.sessions, school, "second", NOW)
        after, acts = dump(db), db.execute(select(AuditEvent.act)).scalars().all()
        waiting = db.execute(select(outbox.Outbox.outcome).where(outbox.Outbox.ref.is_not(None))).all()
    assert [name for name in [*named, teacher, "Wilhelmina", "wilhelmina@"] if name in after] == []
    assert elsewhere in after
    assert {"slot.filled", "signin.child", "staff.invited", "page.not_found", "school.deleted"} <= set(acts)
    assert waiting == []
