"""What the form behind a mailed link does (rules 4, 5, 6 and 10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, func, select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS
from idp.school import activation, homes, households, links, slots
from idp.school.activation import WasReset
from idp.school.models import Link
from idp.school.slots import Filled
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

WEEK = timedelta(days=7)


def _filled(db: Connection, pupil_id: str, address: str, staff_id: str | None = None, position: int = 1) -> str:
    """Fill a slot; the token of the link in its mail."""
    filled = slots.fill(db, KEYRING, pupil_id, position, an_address(address), staff_id=staff_id, now=NOW)
    assert isinstance(filled, Filled)
    (mail,) = queued_mails(db, ref=f"slot:{filled.slot_id}")
    return link_in(mail)


def _state(db: Connection, token: str, kind: str = "activate") -> str | None:
    shown = activation.look(db, kind, token, NOW)
    return shown.state if shown else None


def test_rule_4_a_new_address_chooses_a_password_and_has_the_child(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, first_name="Elif")
        token = _filled(db, pupil, "papa@thuis.example")
        assert [_state(db, token) for _ in range(3)] == ["new"] * 3
        child = activation.start(db, KEYRING, token, "a hash", NOW)
        assert child is not None
        assert (child.pupil_id, child.first_name) == (pupil, "Elif")
        account = homes.by_key(db, "papa@thuis.example")
        assert account is not None
        assert (account.activated, account.password_hash) == (True, "a hash")
        assert [found.pupil_id for found in homes.children(db, account.id)] == [pupil]
        assert slots.home_status(slots.of_pupils(db, [pupil])) == "Ja/Ja"
        assert _state(db, token) == "done"
        assert activation.start(db, KEYRING, token, "another hash", NOW) is None


def test_rule_4_of_fifty_who_send_one_form_at_once_one_chose_the_password(database: Database) -> None:
    with database.write() as db:
        token = _filled(db, a_pupil(db), "papa@thuis.example")
    together = Barrier(50)

    def send(number: int) -> int | None:
        together.wait(30)
        with database.write() as db:
            return number if activation.start(db, KEYRING, token, f"hash {number}", NOW) else None

    with ThreadPoolExecutor(50) as pool:
        winners = [number for number in pool.map(send, range(50)) if number is not None]
    with database.read() as db:
        account = homes.by_key(db, "papa@thuis.example")
        assert account is not None
        assert [f"hash {number}" for number in winners] == [account.password_hash]
        assert _state(db, token) == "done"


def test_rule_5_two_links_of_a_new_address_at_once_make_one_password_and_one_question(database: Database) -> None:
    with database.write() as db:
        first = _filled(db, a_pupil(db), "papa@thuis.example")
        second = _filled(db, a_pupil(db), "papa@thuis.example")
    together = Barrier(2)

    def send(token: str) -> bool:
        together.wait(30)
        with database.write() as db:
            return activation.start(db, KEYRING, token, "a hash", NOW) is not None

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(send, (first, second)))
    assert sorted(won) == [False, True]
    with database.read() as db:
        late = (first, second)[won.index(False)]
        assert _state(db, late) == "known", "its link is still there to say yes with"


def test_rule_5_a_known_address_signs_in_and_says_yes(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        brother = a_pupil(db)
        token = _filled(db, brother, "papa@thuis.example")
        assert _state(db, token) == "known"
        assert activation.start(db, KEYRING, token, "the hash of a stranger", NOW) is None
        assert brother not in [child.pupil_id for child in homes.children(db, account.id)]
        assert [facts.pupil_id for facts in homes.waiting(db, account.id)] == [brother]
        assert activation.accept(db, KEYRING, token, account.id, NOW) is not None
        assert brother in [child.pupil_id for child in homes.children(db, account.id)]
        assert homes.waiting(db, account.id) == []
        unchanged = homes.by_id(db, account.id)
        assert unchanged is not None
        assert unchanged.password_hash == account.password_hash


def test_rule_5_only_the_account_that_was_mailed_can_say_yes(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        stranger = a_home(db, a_pupil(db))
        token = _filled(db, a_pupil(db), "papa@thuis.example")
        assert activation.accept(db, KEYRING, token, stranger.id, NOW) is None
        assert _state(db, token) == "known", "and the link was not spent on the try"


@pytest.mark.parametrize("known", [True, False])
def test_rule_5_no_empties_the_slot_and_the_teacher_hears_why(database: Database, known: bool) -> None:
    with database.write() as db:
        school = a_school(db)
        pupil = a_pupil(db, a_group(db, school), first_name="Elif", family_name="Yılmaz")
        teacher = a_teacher(db, school, address="juf@school.example")
        if known:
            a_home(db, a_pupil(db), address="vreemde@thuis.example")
        token = _filled(db, pupil, "vreemde@thuis.example", teacher)
        assert activation.refuse(db, KEYRING, token, NOW) is not None
        assert slots.of_pupils(db, [pupil]) == []
        assert (homes.by_key(db, "vreemde@thuis.example") is not None) == known
        (told,) = queued_mails(db, "child_refused")
        assert told["to"] == "juf@school.example"
        assert told["facts"] == {"first_name": "Elif", "path": f"/leerlingen/{pupil}/wijzigen"}
        assert _state(db, token) == "gone"
        assert activation.refuse(db, KEYRING, token, NOW) is None


def test_rule_5_a_stranger_is_told_a_first_name_and_a_school_and_no_more(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, first_name="Elif", family_name="Yılmaz")
        a_home(db, pupil, address="mama@thuis.example")
        token = _filled(db, pupil, "vreemde@thuis.example", position=2)
        (mail,) = queued_mails(db)
        assert set(mail["facts"]) == {"first_name", "school", "path"}
        shown = activation.look(db, "activate", token, NOW)
        assert shown is not None
        assert "Yılmaz" not in repr(shown)
        assert "mama@" not in repr(shown)


def test_a_second_home_is_told_to_the_first(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, first_name="Elif")
        a_home(db, pupil, address="mama@thuis.example")
        token = _filled(db, pupil, "juf@thuis.example", position=2)
        activation.start(db, KEYRING, token, "a hash", NOW)
        (mail,) = queued_mails(db, "second_home")
        assert mail["to"] == "mama@thuis.example"
        assert mail["facts"] == {"first_name": "Elif", "school": "De Regenboog", "path": "/ouder"}


def test_rule_6_an_old_link_says_that_it_is_old_and_mails_a_new_one(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        old = _filled(db, pupil, "papa@thuis.example")
        shown = activation.look(db, "activate", old, NOW + WEEK)
        assert shown is not None
        assert (shown.state, shown.open) == ("expired", False)
        assert activation.start(db, KEYRING, old, "a hash", NOW + WEEK) is None
        activation.send_again(db, KEYRING, "activate", old, NOW + WEEK)
        new = link_in(queued_mails(db)[-1])
        assert new != old
        assert activation.start(db, KEYRING, new, "a hash", NOW + WEEK) is not None


def test_rule_6_an_old_reset_link_mails_a_new_one(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        token = links.mint(db, "reset", account.id, None, NOW)
        later = NOW + timedelta(hours=1)
        activation.send_again(db, KEYRING, "reset", token, later)
        (mail,) = queued_mails(db, "reset")
        assert activation.reset(db, KEYRING, link_in(mail), "a hash", later) is not None


def test_rule_6_a_link_whose_slot_was_emptied_mails_nothing(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, a_pupil(db), address="papa@thuis.example")
        token = _filled(db, pupil, "papa@thuis.example")
        (slot,) = slots.of_pupils(db, [pupil])
        slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
        before = len(queued_mails(db))
        activation.send_again(db, KEYRING, "activate", token, NOW)
        activation.send_again(db, KEYRING, "activate", "ln_never", NOW)
        assert len(queued_mails(db)) == before
        assert _state(db, token) == "gone"


def test_a_link_that_never_was_leads_nowhere(database: Database) -> None:
    with database.write() as db:
        assert _state(db, "ln_never") is None
        assert activation.start(db, KEYRING, "ln_never", "a hash", NOW) is None
        assert activation.accept(db, KEYRING, "ln_never", "nobody", NOW) is None
        assert activation.refuse(db, KEYRING, "ln_never", NOW) is None
        assert activation.reset(db, KEYRING, "ln_never", "a hash", NOW) is None


def test_rule_10_a_reset_signs_out_everywhere_and_tells_the_owner(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child)
        token = households.start(db, account.id, NOW)
        household = households.find(db, token, NOW)
        assert household is not None
        households.visit(db, household, child, "sid", NOW)
        link = links.mint(db, "reset", account.id, None, NOW)
        assert _state(db, link, "reset") == "reset"
        assert activation.reset(db, KEYRING, link, "the new hash", NOW) == WasReset(account.id, ["sid"])
        assert households.find(db, token, NOW) is None
        changed = homes.by_id(db, account.id)
        assert changed is not None
        assert changed.password_hash == "the new hash"
        assert [(mail["to"], mail["template"]) for mail in queued_mails(db)] == [(account.address, "password_changed")]
        assert activation.reset(db, KEYRING, link, "another hash", NOW) is None
        assert _state(db, link, "reset") == "used"


def test_rule_10_a_forgotten_password_is_mailed_to_whoever_has_one(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        activation.request_reset(db, KEYRING, " PAPA@thuis.example", "10.0.0.1", NOW)
        (mail,) = queued_mails(db)
        assert (mail["to"], mail["template"], mail["ref"]) == (account.address, "reset", None)


def test_rule_10_an_account_that_was_never_activated_gets_its_activation_mail_again(database: Database) -> None:
    with database.write() as db:
        old, new = a_pupil(db), a_pupil(db, first_name="Yusuf")
        _filled(db, old, "papa@thuis.example")
        later = NOW + timedelta(days=1)
        slots.fill(db, KEYRING, new, 1, an_address("papa@thuis.example"), staff_id=None, now=later)
        activation.request_reset(db, KEYRING, "papa@thuis.example", "10.0.0.1", NOW + WEEK * 2)
        *_, mail = queued_mails(db)
        assert (mail["template"], mail["facts"]["first_name"]) == ("activate", "Yusuf")
        assert activation.start(db, KEYRING, link_in(mail), "a hash", NOW + WEEK * 2) is not None


def test_rule_10_nobody_can_tell_who_has_an_account_by_what_is_done(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
    work: dict[str, list[str]] = {}
    for address in ("papa@thuis.example", "niemand@thuis.example"):
        done = work.setdefault(address, [])

        def note(_c: object, _cursor: object, statement: str, *_rest: object, into: list[str] = done) -> None:
            into.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        with database.write() as db:
            activation.request_reset(db, KEYRING, address, "10.0.0.1", NOW)
        event.remove(database.engine, "before_cursor_execute", note)
    known, unknown = ([text for text in done if "SAVEPOINT" not in text] for done in work.values())
    assert known == unknown
    with database.read() as db:
        assert [mail["to"] for mail in queued_mails(db)] == ["papa@thuis.example"]
        assert db.execute(select(func.count()).select_from(Link)).scalar() == 1
        assert db.execute(select(AuditEvent.act)).scalars().all() == ["home.activated", "home.forgotten"]


def test_rule_10_a_mailbox_is_not_filled_by_a_stranger(database: Database) -> None:
    most = LIMITS["forgot_address"].count
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        for number in range(most + 3):
            activation.request_reset(db, KEYRING, "papa@thuis.example", f"10.0.0.{number}", NOW)
        assert len(queued_mails(db)) == most
