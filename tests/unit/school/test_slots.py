"""The two e-mail slots of a pupil (rules 1, 2, 3, 6 and 7)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import homes, households, links, slots
from idp.school.addresses import AddressProblem
from idp.school.models import EmailSlot, HomeAccount, Link
from idp.school.slots import Emptied, Filled, Replaced
from tests.builders import (
    KEYRING,
    NOW,
    a_group,
    a_home,
    a_pupil,
    a_school,
    a_teacher,
    an_address,
    link_in,
    queued_mails,
)


def _fill(
    db: Connection, pupil_id: str, position: int = 1, address: str | None = None, staff_id: str | None = None
) -> Filled | AddressProblem:
    return slots.fill(db, KEYRING, pupil_id, position, an_address(address), staff_id=staff_id, now=NOW)


def _status(db: Connection, pupil_id: str) -> str:
    return slots.home_status(slots.of_pupils(db, [pupil_id]))


def test_rule_1_a_new_pupil_has_two_empty_slots(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        assert slots.of_pupils(db, [pupil]) == []
        assert _status(db, pupil) == "Nee/Nee"


def test_rule_2_the_status_follows_the_slots(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil, 2)
        assert _status(db, pupil) == "Ja/Nee"
        a_home(db, pupil)
        assert _status(db, pupil) == "Ja/Ja"
        for slot in slots.of_pupils(db, [pupil]):
            slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
        assert _status(db, pupil) == "Nee/Nee"


def test_rule_2_a_known_address_that_nobody_confirmed_is_not_activated(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        brother = a_pupil(db)
        _fill(db, brother, 1, "Papa@Thuis.example")
        assert _status(db, brother) == "Ja/Nee"


def test_rule_3_a_filled_slot_and_its_mail_are_one_transaction(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, first_name="Elif")
    with suppress(RuntimeError), database.write() as db:
        _fill(db, pupil)
        raise RuntimeError
    with database.write() as db:
        assert slots.of_pupils(db, [pupil]) == []
        assert queued_mails(db) == []
        filled = _fill(db, pupil, 1, "mama@thuis.example")
        assert isinstance(filled, Filled)
    with database.read() as db:
        (mail,) = queued_mails(db)
        assert (mail["to"], mail["template"]) == ("mama@thuis.example", "activate")
        assert mail["ref"] == f"slot:{filled.slot_id}"
        assert mail["facts"] == {"first_name": "Elif", "school": "De Regenboog", "path": f"/activeer/{link_in(mail)}"}
        seen = links.look_at(db, "activate", link_in(mail), NOW)
        assert seen is not None
        assert (seen.state, seen.slot_id) == ("fresh", filled.slot_id)


def test_rule_3_how_the_mail_of_a_slot_stands_is_told_beside_it(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        filled = _fill(db, pupil)
        assert isinstance(filled, Filled)
        told = slots.mails_of(db, slots.of_pupils(db, [pupil]))
        assert (told[filled.slot_id].state, told[filled.slot_id].at) == ("queued", NOW)


def test_rule_3_one_address_stands_once_with_a_pupil(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil, 1, "papa@thuis.example")
        refused = _fill(db, pupil, 2, "PAPA@thuis.example")
        assert isinstance(refused, AddressProblem)
        assert "staat al bij deze leerling" in refused.message
        assert len(queued_mails(db)) == 1


def test_rule_3_a_slot_that_was_filled_meanwhile_keeps_its_address(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil, 1, "papa@thuis.example")
        refused = _fill(db, pupil, 1, "mama@thuis.example")
        assert isinstance(refused, AddressProblem)
        assert "Een collega" in refused.message
        assert [slot.address for slot in slots.of_pupils(db, [pupil])] == ["papa@thuis.example"]
        assert homes.by_key(db, "mama@thuis.example") is None, "an account that leads nowhere"
        assert len(queued_mails(db)) == 1


def test_a_pupil_who_left_gets_no_slot(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, left_at=NOW)
    with pytest.raises(LookupError), database.write() as db:
        _fill(db, pupil)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(EmailSlot)).scalar() == 0


def test_filling_is_written_down_by_ids_alone(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        pupil = a_pupil(db, a_group(db, school))
        teacher = a_teacher(db, school)
        filled = _fill(db, pupil, 2, "papa@thuis.example", teacher)
        assert isinstance(filled, Filled)
        (event,) = db.execute(select(AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.school_id,
                                     AuditEvent.facts)).all()  # fmt: skip
        facts = {"position": 2, "slot": filled.slot_id}
        assert tuple(event) == ("slot.filled", f"staff:{teacher}", f"pupil:{pupil}", school, facts)


def test_rule_5_one_address_is_one_account_whatever_slots_it_stands_in(database: Database) -> None:
    with database.write() as db:
        here, there = a_pupil(db), a_pupil(db, a_group(db, a_school(db, name="De Vuurvlinder")))
        for pupil, spelling in ((here, "papa@thuis.example"), (there, "Papa@THUIS.example")):
            assert isinstance(_fill(db, pupil, 1, spelling), Filled)
        assert db.execute(select(func.count()).select_from(HomeAccount)).scalar() == 1


def test_rule_5_a_mail_to_a_known_address_says_so(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        _fill(db, a_pupil(db), 1, "papa@thuis.example")
        assert [mail["template"] for mail in queued_mails(db)] == ["confirm"]


def test_rule_6_sending_again_leaves_the_older_link_working(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil)
        (slot,) = slots.of_pupils(db, [pupil])
        assert slots.resend(db, KEYRING, slot, staff_id=None, now=NOW + timedelta(days=1)) == "activate"
        tokens = [link_in(mail) for mail in queued_mails(db)]
        assert len(set(tokens)) == 2
        states = [links.look_at(db, "activate", token, NOW + timedelta(days=2)) for token in tokens]
        assert [seen.state for seen in states if seen] == ["fresh", "fresh"]


def test_rule_6_an_activated_slot_is_sent_a_reset_link(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        account = a_home(db, pupil)
        (slot,) = slots.of_pupils(db, [pupil])
        assert slots.resend(db, KEYRING, slot, staff_id=None, now=NOW) == "reset"
        (mail,) = queued_mails(db)
        assert (mail["to"], mail["template"], mail["ref"]) == (account.address, "reset", f"slot:{slot.id}")


def test_rule_6_an_unconfirmed_slot_of_a_known_address_is_asked_again(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, pupil, confirmed=False)
        (slot,) = slots.of_pupils(db, [pupil])
        assert slots.resend(db, KEYRING, slot, staff_id=None, now=NOW) == "activate"
        assert [mail["template"] for mail in queued_mails(db)] == ["confirm"]


def test_rule_6_a_slot_that_was_emptied_meanwhile_sends_nothing(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, pupil)
        (slot,) = slots.of_pupils(db, [pupil])
        slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
        assert slots.resend(db, KEYRING, slot, staff_id=None, now=NOW) == "gone"
        assert [mail["template"] for mail in queued_mails(db)] == ["account_deleted"]


def test_rule_7_emptying_names_the_sessions_that_came_in_through_the_slot(database: Database) -> None:
    with database.write() as db:
        child, brother = a_pupil(db), a_pupil(db)
        account, other = a_home(db, child, brother), a_home(db, child)
        for who, pupil, sid in ((account, child, "one"), (account, brother, "two"), (other, child, "three")):
            household = households.find(db, households.start(db, who.id, NOW), NOW)
            assert household is not None
            households.visit(db, household, pupil, sid, NOW)
        slot = next(slot for slot in slots.of_pupils(db, [child]) if slot.home_account_id == account.id)
        emptied = slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
        assert emptied == Emptied(["one"])
        assert [found.pupil_id for found in homes.children(db, account.id)] == [brother]
        assert [found.pupil_id for found in homes.children(db, other.id)] == [child]
        assert slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW) is None


def test_rule_7_an_account_without_a_pupil_goes_and_its_owner_is_told(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        account = a_home(db, pupil)
        token = households.start(db, account.id, NOW)
        slots.empty_all(db, KEYRING, account.id, why="forgotten", now=NOW)
        assert homes.by_id(db, account.id) is None
        assert households.find(db, token, NOW) is None
        assert [(mail["to"], mail["template"]) for mail in queued_mails(db)] == [(account.address, "account_deleted")]


def test_rule_7_an_address_that_was_never_activated_hears_nothing(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        account = a_home(db, pupil, activated=False, confirmed=False)
        slots.empty_all(db, KEYRING, account.id, why="emptied", now=NOW)
        assert homes.by_id(db, account.id) is None
        assert queued_mails(db) == []


def test_rule_7_another_address_in_a_slot_is_emptying_and_filling_at_once(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        account = a_home(db, pupil)
        household = households.find(db, households.start(db, account.id, NOW), NOW)
        assert household is not None
        households.visit(db, household, pupil, "sid", NOW)
        (slot,) = slots.of_pupils(db, [pupil])
        new = an_address("mama@thuis.example")
        replaced = slots.replace(db, KEYRING, slot, new, staff_id=None, now=NOW)
        assert isinstance(replaced, Replaced)
        assert replaced.sids == ["sid"]
        (after,) = slots.of_pupils(db, [pupil])
        assert (after.id, after.position, after.address) == (replaced.slot_id, 1, "mama@thuis.example")
        assert sorted(mail["template"] for mail in queued_mails(db)) == ["account_deleted", "activate"]


def test_rule_7_an_address_that_cannot_take_its_place_changes_nothing(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        first, second = a_home(db, pupil), a_home(db, pupil)
        before = slots.of_pupils(db, [pupil])
        refused = slots.replace(db, KEYRING, before[0], an_address(second.address), staff_id=None, now=NOW)
        assert isinstance(refused, AddressProblem)
        assert slots.of_pupils(db, [pupil]) == before
        assert homes.by_id(db, first.id) is not None
        assert queued_mails(db) == []


def test_rule_7_another_spelling_of_the_same_address_changes_nothing(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, pupil, address="papa@thuis.example")
        (slot,) = slots.of_pupils(db, [pupil])
        same = an_address("PAPA@thuis.example")
        assert slots.replace(db, KEYRING, slot, same, staff_id=None, now=NOW) == Replaced(slot.id, [])
        assert slots.of_pupils(db, [pupil]) == [slot]
        assert queued_mails(db) == []


def test_rule_7_a_slot_that_a_colleague_changed_meanwhile_is_left_alone(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, pupil)
        (seen,) = slots.of_pupils(db, [pupil])
        slots.replace(db, KEYRING, seen, an_address("mama@thuis.example"), staff_id=None, now=NOW)
        late = slots.replace(db, KEYRING, seen, an_address("oma@thuis.example"), staff_id=None, now=NOW)
        assert isinstance(late, AddressProblem)
        assert [slot.address for slot in slots.of_pupils(db, [pupil])] == ["mama@thuis.example"]


def test_rule_7_the_old_link_of_an_address_that_came_back_leads_nowhere(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, a_pupil(db), address="papa@thuis.example")
        _fill(db, pupil, 1, "papa@thuis.example")
        old = link_in(queued_mails(db)[0])
        (slot,) = slots.of_pupils(db, [pupil])
        slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
        _fill(db, pupil, 1, "papa@thuis.example")
        seen = links.look_at(db, "activate", old, NOW)
        assert seen is not None
        assert homes.slot_facts(db, seen.slot_id, seen.home_account_id) is None
        assert db.execute(select(func.count()).select_from(Link)).scalar() == 2
