"""Limits hold however many try at once, and let go when they say so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from idp.kernel import throttle
from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS, Locked, Taken, Throttle

NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _take(database: Database, limit: str, key: str, at: datetime = NOW) -> Taken | Locked:
    with database.write() as db:
        return throttle.take(db, limit, key, at)


def _fill(database: Database, limit: str, key: str, at: datetime = NOW) -> None:
    for left in range(LIMITS[limit].count - 1, -1, -1):
        assert _take(database, limit, key, at) == Taken(left)


@pytest.mark.parametrize("limit", ["child_secret", "home_password"])
def test_of_fifty_at_once_no_more_pass_than_the_limit_allows(database: Database, limit: str) -> None:
    together = Barrier(50)

    def attempt(_number: int) -> Taken | Locked:
        together.wait(30)
        return _take(database, limit, "somebody")

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(attempt, range(50)))
    passed = [result for result in results if isinstance(result, Taken)]
    assert sorted(result.left for result in passed) == list(range(LIMITS[limit].count))
    assert {result.until for result in results if isinstance(result, Locked)} == {NOW + LIMITS[limit].lock}


def test_a_locked_key_opens_when_the_lock_ends_and_not_before(database: Database) -> None:
    rule = LIMITS["child_secret"]
    _fill(database, "child_secret", "mila")
    until = NOW + rule.lock
    assert _take(database, "child_secret", "mila", until - SECOND) == Locked(until)
    assert _take(database, "child_secret", "mila", until) == Taken(rule.count - 1)


def test_trying_on_does_not_make_the_lock_longer(database: Database) -> None:
    rule = LIMITS["child_secret"]
    _fill(database, "child_secret", "mila")
    for seconds in range(0, 300, 20):
        assert _take(database, "child_secret", "mila", NOW + seconds * SECOND) == Locked(NOW + rule.lock)


def test_tries_that_are_older_than_the_window_count_no_more(database: Database) -> None:
    rule = LIMITS["home_password"]
    for _ in range(rule.count - 1):
        _take(database, "home_password", "somebody")
    assert _take(database, "home_password", "somebody", NOW + rule.window) == Taken(rule.count - 1)


def test_the_window_begins_at_the_first_try(database: Database) -> None:
    rule = LIMITS["home_password"]
    for number in range(rule.count - 1):
        _take(database, "home_password", "somebody", NOW + number * SECOND)
    last = NOW + rule.window - SECOND
    assert _take(database, "home_password", "somebody", last) == Taken(0)
    assert _take(database, "home_password", "somebody", last) == Locked(last + rule.lock)


def test_a_limit_of_one_locks_at_the_first_try(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "one", throttle.Limit(1, timedelta(minutes=1), timedelta(minutes=2)))
    assert _take(database, "one", "x") == Taken(0)
    assert _take(database, "one", "x") == Locked(NOW + timedelta(minutes=2))
    assert _take(database, "one", "x", NOW + timedelta(minutes=2)) == Taken(0)


def test_one_key_or_limit_leaves_the_others_alone(database: Database) -> None:
    _fill(database, "child_secret", "mila")
    assert isinstance(_take(database, "child_secret", "mila"), Locked)
    assert isinstance(_take(database, "child_secret", "noor"), Taken)
    assert isinstance(_take(database, "school_secret", "mila"), Taken)


def test_looking_counts_nothing(database: Database) -> None:
    with database.write() as db:
        for _ in range(50):
            assert throttle.look(db, "child_secret", "mila", NOW) is None
    _fill(database, "child_secret", "mila")
    with database.read() as db:
        assert throttle.look(db, "child_secret", "mila", NOW) == Locked(NOW + LIMITS["child_secret"].lock)
        assert throttle.look(db, "child_secret", "mila", NOW + LIMITS["child_secret"].lock) is None


def test_the_right_answer_starts_again(database: Database) -> None:
    _fill(database, "child_secret", "mila")
    with database.write() as db:
        throttle.clear(db, "child_secret", "mila")
    assert _take(database, "child_secret", "mila") == Taken(LIMITS["child_secret"].count - 1)


def test_what_is_given_back_was_not_counted(database: Database) -> None:
    limit = LIMITS["group_secret"].count
    for _ in range(3 * limit):
        assert isinstance(_take(database, "group_secret", "bever"), Taken)
        with database.write() as db:
            throttle.give_back(db, "group_secret", "bever")
    _fill(database, "group_secret", "bever")  # wrong ones: none of the right ones took their place


def test_the_last_try_was_right_and_the_lock_it_brought_is_gone(database: Database) -> None:
    _fill(database, "group_secret", "bever")
    with database.write() as db:
        throttle.give_back(db, "group_secret", "bever")
        assert throttle.look(db, "group_secret", "bever", NOW) is None
    assert _take(database, "group_secret", "bever") == Taken(0)


def test_a_right_answer_does_not_open_what_wrong_ones_locked(database: Database) -> None:
    _fill(database, "group_secret", "bever")
    assert isinstance(_take(database, "group_secret", "bever"), Locked)
    with database.write() as db:
        throttle.give_back(db, "group_secret", "bever")
        assert isinstance(throttle.look(db, "group_secret", "bever", NOW), Locked)


def test_giving_back_what_was_forgotten_does_nothing(database: Database) -> None:
    with database.write() as db:
        throttle.give_back(db, "group_secret", "bever")
        throttle.take(db, "group_secret", "bever", NOW)
        throttle.give_back(db, "group_secret", "bever")
        throttle.give_back(db, "group_secret", "bever")
        assert throttle.take(db, "group_secret", "bever", NOW) == Taken(LIMITS["group_secret"].count - 1)


def test_the_table_is_nobodys_address_book(database: Database) -> None:
    _take(database, "forgot_address", "jan@voorbeeld.nl\ud800")
    with database.read() as db:
        (bucket,) = db.execute(select(Throttle.bucket)).scalars()
    assert "jan" not in bucket
    assert bucket.startswith("forgot_address:")


def test_an_unknown_limit_is_our_own_mistake(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as db:
        throttle.take(db, "nothing_like_it", "x", NOW)


def test_pruning_forgets_only_what_no_limit_looks_at(database: Database) -> None:
    _take(database, "child_secret", "old", NOW - timedelta(days=2))
    _take(database, "child_secret", "window still open", NOW - timedelta(hours=11))
    _fill(database, "child_secret", "locked")
    with database.write() as db:
        throttle.prune(db, NOW)
        assert db.execute(select(func.count()).select_from(Throttle)).scalar() == 2
    assert isinstance(_take(database, "child_secret", "locked"), Locked)
    assert _take(database, "child_secret", "window still open") == Taken(LIMITS["child_secret"].count - 2)


def test_a_lock_over_all_places_is_wide_and_short() -> None:
    """T11: what can be filled from elsewhere must not keep the owner out for long."""
    for kind in ("home_password", "staff_password"):
        near, far = LIMITS[kind], LIMITS[f"{kind}_all"]
        assert far.count >= 10 * near.count
        assert far.lock <= timedelta(minutes=2) < near.lock
