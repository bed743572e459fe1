"""The life of e-mail slots, in any order: the status is always right, and no slot is without its mail."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from idp.kernel.db import Database
from idp.school import activation, homes, slots
from idp.school.models import HomeAccount
from idp.school.slots import Emptied, Filled, Replaced, Slot
from tests.builders import KEYRING, NOW, a_group, a_pupil, an_address, link_in, queued_mails

NUMBERS = st.integers(min_value=0, max_value=999)


@dataclass(slots=True)
class Expected:
    """What a slot must look like."""

    slot_id: str
    address: str
    taken_on: bool = False


class SlotLife(RuleBasedStateMachine):
    """Teachers fill, replace, empty and resend; parents open links, say yes and no."""

    database: Database

    @initialize()
    def people(self) -> None:
        with self.database.write() as db:
            group = a_group(db)
            self.pupils = [a_pupil(db, group) for _ in range(2)]
        self.addresses = [an_address().written for _ in range(3)]
        self.filled: dict[tuple[str, int], Expected] = {}
        self.activated: set[str] = set()
        self.mails: dict[str, dict[str, Any]] = {}  # by id, in the order in which they were queued

    @rule(pupil=NUMBERS, position=st.sampled_from(slots.POSITIONS), address=NUMBERS)
    def fill(self, pupil: int, position: int, address: int) -> None:
        pupil_id, text = self.pupils[pupil % 2], self.addresses[address % 3]
        with self.database.write() as db:
            found = slots.fill(db, KEYRING, pupil_id, position, an_address(text), staff_id=None, now=NOW)
        possible = (pupil_id, position) not in self.filled and text not in self._addresses_of(pupil_id)
        assert isinstance(found, Filled) == possible
        if isinstance(found, Filled):
            self.filled[pupil_id, position] = Expected(found.slot_id, text)
            self._collect_mail(found.slot_id)

    @precondition(lambda self: self.filled)
    @rule(which=NUMBERS, address=NUMBERS)
    def replace(self, which: int, address: int) -> None:
        place, text = self._some(which), self.addresses[address % 3]
        old = self.filled[place]
        with self.database.write() as db:
            found = slots.replace(db, KEYRING, self._slot(db, place), an_address(text), staff_id=None, now=NOW)
        if text == old.address:
            assert found == Replaced(old.slot_id, [])
            return
        assert isinstance(found, Replaced) == (text not in self._addresses_of(place[0]))
        if isinstance(found, Replaced):
            self.filled[place] = Expected(found.slot_id, text)
            self._collect_mail(found.slot_id)
            self._forget_unused(old.address)

    @precondition(lambda self: self.filled)
    @rule(which=NUMBERS)
    def empty(self, which: int) -> None:
        old = self.filled.pop(self._some(which))
        with self.database.write() as db:
            assert slots.empty(db, KEYRING, old.slot_id, actor="staff:x", why="emptied", now=NOW) == Emptied([])
        self._forget_unused(old.address)

    @precondition(lambda self: self.filled)
    @rule(which=NUMBERS)
    def resend(self, which: int) -> None:
        place = self._some(which)
        with self.database.write() as db:
            kind = slots.resend(db, KEYRING, self._slot(db, place), staff_id=None, now=NOW)
        assert kind == ("reset" if self.filled[place].taken_on else "activate")
        self._collect_mail(self.filled[place].slot_id)

    @precondition(lambda self: self.mails)
    @rule(which=NUMBERS, answer=st.sampled_from(["start", "accept", "refuse"]))
    def answer_a_mail(self, which: int, answer: str) -> None:
        mail = list(self.mails.values())[which % len(self.mails)]
        place = next((at for at, one in self.filled.items() if f"slot:{one.slot_id}" == mail["ref"]), None)
        with self.database.write() as db:
            done = self._answer(db, answer, link_in(mail), mail["to"])
        slot = self.filled[place] if place else None
        still_open = slot is not None and not slot.taken_on
        known = slot is not None and slot.address in self.activated
        assert done == (still_open and {"start": not known, "accept": known, "refuse": True}[answer])
        if not done or place is None or slot is None:
            return
        if answer == "refuse":
            del self.filled[place]
            self._forget_unused(slot.address)
        else:
            slot.taken_on = True
            self.activated.add(slot.address)

    def _answer(self, db: Connection, answer: str, token: str, address: str) -> bool:
        if answer == "start":
            return activation.start(db, KEYRING, token, "a hash", NOW) is not None
        if answer == "refuse":
            return activation.refuse(db, KEYRING, token, NOW) is not None
        account = homes.by_key(db, address)
        if account is None or not account.activated:  # nobody can have signed in
            return False
        return activation.accept(db, KEYRING, token, account.id, NOW) is not None

    @invariant()
    def the_status_is_right(self) -> None:
        with self.database.read() as db:
            for pupil_id in self.pupils:
                mine = [one for (owner, _), one in self.filled.items() if owner == pupil_id]
                expected = "Nee/Nee" if not mine else "Ja/Ja" if any(one.taken_on for one in mine) else "Ja/Nee"
                assert slots.home_status(slots.of_pupils(db, [pupil_id])) == expected

    @invariant()
    def every_slot_has_its_mail(self) -> None:
        with self.database.read() as db:
            current = slots.of_pupils(db, self.pupils)
            assert {slot.id for slot in current} == {one.slot_id for one in self.filled.values()}
            assert slots.mails_of(db, current).keys() == {slot.id for slot in current}

    @invariant()
    def an_account_is_there_as_long_as_a_slot_leads_to_it(self) -> None:
        with self.database.read() as db:
            rows = db.execute(
                select(HomeAccount.address, HomeAccount.activated_at).where(HomeAccount.address.in_(self.addresses))
            ).all()
        assert {row.address for row in rows} == {one.address for one in self.filled.values()}
        assert {row.address for row in rows if row.activated_at} == self.activated

    @invariant()
    def a_child_is_under_the_accounts_that_took_it_on(self) -> None:
        with self.database.read() as db:
            for address in self.activated:
                account = homes.by_key(db, address)
                assert account is not None
                mine = {at[0] for at, one in self.filled.items() if one.address == address and one.taken_on}
                assert {child.pupil_id for child in homes.children(db, account.id)} == mine

    def _some(self, which: int) -> tuple[str, int]:
        places = sorted(self.filled, key=lambda at: (self.pupils.index(at[0]), at[1]))
        return places[which % len(places)]

    def _collect_mail(self, slot_id: str) -> None:
        """Each step queues one at most: picked by number, the same numbers give the same story again."""
        with self.database.read() as db:
            found = queued_mails(db, ref=f"slot:{slot_id}")
        self.mails |= {mail["id"]: mail for mail in found if mail["template"] in ("activate", "confirm")}

    def _slot(self, db: Connection, place: tuple[str, int]) -> Slot:
        return next(slot for slot in slots.of_pupils(db, [place[0]]) if slot.position == place[1])

    def _addresses_of(self, pupil_id: str) -> set[str]:
        return {one.address for (owner, _), one in self.filled.items() if owner == pupil_id}

    def _forget_unused(self, address: str) -> None:
        if all(one.address != address for one in self.filled.values()):
            self.activated.discard(address)


def test_the_life_of_slots(database: Database) -> None:
    machine = type("SlotLifeHere", (SlotLife,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
