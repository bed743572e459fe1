"""Trying in parallel gains nothing (rule 8), and access that is taken away stays away (rule 7)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from sqlalchemy import func, select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS
from idp.school import credentials, households, slots
from idp.school.credentials import Attempt, Fail, Pass
from tests.builders import KEYRING, NOW, a_home, a_pupil, queued_mails

T = TypeVar("T")


def _at_once(count: int, act: Callable[[int], T]) -> list[T]:
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait(30)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _try(database: Database, account_id: str, pupil_id: str, pin: str) -> Pass | Fail:
    with database.write() as db:
        return credentials.check_child_secret(db, KEYRING, account_id, pupil_id, pin=pin, picture=None, now=NOW)


def test_of_forty_wrong_pins_at_once_five_are_looked_at_and_the_brother_comes_in(database: Database) -> None:
    with database.write() as db:
        child, brother = a_pupil(db), a_pupil(db)
        account = a_home(db, child, brother)

    def act(number: int) -> Pass | Fail:
        if number == 20:
            return _try(database, account.id, brother, "1111")
        return _try(database, account.id, child, f"{number:04}")

    results = _at_once(41, act)
    assert isinstance(results.pop(20), Pass)
    assert Counter(result.reason for result in results if isinstance(result, Fail)) == {"wrong": 4, "locked": 36}
    with database.read() as db:
        looked_at = select(func.count()).where(AuditEvent.act == "signin.failed")
        assert db.execute(looked_at).scalar() == 5
        assert len(queued_mails(db, "child_locked")) == 1


def test_passwords_tried_at_once_meet_the_limit_before_any_hash(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")

    def act(_number: int) -> Attempt | Fail:
        with database.write() as db:
            return credentials.begin_password(db, "home", "papa@thuis.example", "192.0.2.1", NOW)

    results = _at_once(40, act)
    assert sum(isinstance(result, Attempt) for result in results) == LIMITS["home_password"].count


def test_a_slot_that_is_emptied_while_the_child_comes_in_ends_that_sign_in(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child, a_pupil(db))
        household = households.find(db, households.start(db, account.id, NOW), NOW)
        slot = slots.of_pupils(db, [child])[0]
    assert household is not None
    shown, waiting = Event(), Event()

    def come_in() -> None:
        with database.write() as db:
            passed = credentials.check_child_secret(db, KEYRING, account.id, child, pin="1111", picture=None, now=NOW)
            assert isinstance(passed, Pass)
            shown.set()
            waiting.wait(0.3)  # the other one is trying to empty the slot now
            households.visit(db, household, child, "sid", NOW)

    def empty() -> list[str]:
        shown.wait(30)
        with database.write() as db:
            emptied = slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW)
            assert emptied is not None
            return list(emptied.sids)

    with ThreadPoolExecutor(2) as pool:
        came_in, ended = pool.submit(come_in), pool.submit(empty)
        came_in.result()
        assert ended.result() == ["sid"]
