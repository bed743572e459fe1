"""How far an address is, in one word."""

from datetime import datetime

import pytest

from idp.kernel.db import Database
from idp.kernel.outbox import Outcome
from idp.school import activation, links, pupils, slot_states, slots
from idp.school.slots import Slot
from tests.builders import KEYRING, NOW, a_group, a_pupil, an_address, link_in, queued_mails

QUEUED, DONE, FAILED = (Outcome(state, "550 no", NOW, 1) for state in ("queued", "done", "failed"))


@pytest.mark.parametrize(
    ("activated", "opened", "mail", "state"),
    [
        (False, None, QUEUED, "queued"),
        (False, None, DONE, "sent"),
        (False, None, None, "sent"),
        (False, None, FAILED, "failed"),
        (False, NOW, DONE, "opened"),
        (False, NOW, FAILED, "failed"),
        (True, NOW, FAILED, "activated"),
    ],
)
def test_what_matters_most_is_said(activated: bool, opened: datetime | None, mail: Outcome | None, state: str) -> None:
    found = slot_states.state_of(Slot("slot", "pupil", 1, "home", "a@b.example", activated, opened), mail)
    assert found.state == state
    assert (found.reason == "550 no") == (state == "failed")


def test_a_place_goes_from_queued_to_opened_to_refused_and_is_forgotten_when_filled_again(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        pupil = a_pupil(db, group)

        def states() -> list[str]:
            page = pupils.group_page(db, KEYRING, group)
            assert page is not None
            return [f"{one.position} {one.state}" for one in slot_states.of_rows(db, page.rows)[pupil]]

        assert states() == []
        slots.fill(db, KEYRING, pupil, 2, an_address(), staff_id=None, now=NOW)
        assert states() == ["2 queued"]
        token = link_in(queued_mails(db)[0])
        links.note_opened(db, token, NOW)
        assert states() == ["2 opened"]
        assert activation.refuse(db, KEYRING, token, NOW) is not None
        assert states() == ["2 refused"]
        slots.fill(db, KEYRING, pupil, 2, an_address(), staff_id=None, now=NOW)
        assert states() == ["2 queued"]
