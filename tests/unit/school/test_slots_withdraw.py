"""The mail of a slot that was emptied before it left."""

from sqlalchemy import Connection

from idp.kernel.db import Database
from idp.school import slots
from idp.school.addresses import AddressProblem
from idp.school.slots import Filled
from tests.builders import KEYRING, NOW, a_pupil, an_address, queued_mails


def _fill(db: Connection, pupil_id: str, position: int = 1, address: str | None = None) -> Filled | AddressProblem:
    return slots.fill(db, KEYRING, pupil_id, position, an_address(address), staff_id=None, now=NOW)


def test_an_emptied_slots_mail_does_not_leave(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        filled = _fill(db, pupil)
        assert isinstance(filled, Filled)
        slots.empty(db, KEYRING, filled.slot_id, actor="staff:x", why="emptied", now=NOW)
        assert queued_mails(db) == []


def test_a_replaced_address_gets_no_mail_and_the_new_one_does(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil, 1, "vout@thuis.example")
        (slot,) = slots.of_pupils(db, [pupil])
        slots.replace(db, KEYRING, slot, an_address("goed@thuis.example"), staff_id=None, now=NOW)
        assert [mail["to"] for mail in queued_mails(db)] == ["goed@thuis.example"]


def test_a_replacement_that_is_refused_leaves_the_mail_where_it_was(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        _fill(db, pupil, 1, "een@thuis.example")
        _fill(db, pupil, 2, "twee@thuis.example")
        first = slots.of_pupils(db, [pupil])[0]
        slots.replace(db, KEYRING, first, an_address("twee@thuis.example"), staff_id=None, now=NOW)
        assert sorted(mail["to"] for mail in queued_mails(db)) == ["een@thuis.example", "twee@thuis.example"]
