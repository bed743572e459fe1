"""The second factor: what an app shows, once; recovery codes, once; who must keep one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import factors, half_signin, staff_passwords
from idp.school.credentials import Fail
from idp.school.models import Staff, StaffFactor
from tests.builders import KEYRING, NOW, a_teacher, queued_mails

STEP = timedelta(seconds=30)


def with_app(database: Database, role: str = "ict") -> tuple[str, pyotp.TOTP, list[str]]:
    """A member with an app, which was set up some minutes ago, and the recovery codes."""
    then, secret = NOW - timedelta(minutes=5), factors.new_totp_secret()
    app = pyotp.TOTP(secret)
    with database.write() as db:
        staff_id = a_teacher(db, role=role)
        codes = factors.add_totp(db, KEYRING, staff_id, secret, app.at(then), "telefoon", now=then)
        assert not isinstance(codes, Fail)
    return staff_id, app, list(codes)


def check(database: Database, staff_id: str, code: str, at: timedelta = timedelta()) -> str | Fail:
    with database.write() as db:
        return factors.check_code(db, KEYRING, staff_id, code, NOW + at)


def test_the_secret_has_160_bits_and_is_kept_sealed(database: Database) -> None:
    staff_id, app, _ = with_app(database)
    assert len(app.byte_secret()) == 20
    with database.read() as db:
        (kept,) = db.execute(select(StaffFactor.secret).where(StaffFactor.kind == "totp")).scalars()
        assert app.secret.encode() not in kept
        assert factors.totp_secret(db, KEYRING, staff_id) == app.secret


@pytest.mark.parametrize("skew", [-1, 0, 1])
def test_a_code_is_good_in_its_own_half_minute_and_the_ones_beside_it(database: Database, skew: int) -> None:
    staff_id, app, _ = with_app(database)
    assert check(database, staff_id, app.at(NOW + skew * STEP)) == "totp"


@pytest.mark.parametrize("skew", [-3, -2, 2, 3])
def test_a_code_of_a_clock_that_is_more_than_a_minute_off_is_wrong(database: Database, skew: int) -> None:
    staff_id, app, _ = with_app(database)
    assert check(database, staff_id, app.at(NOW + skew * STEP)) == Fail("wrong")


def test_a_code_is_good_once_and_no_earlier_one_after_it(database: Database) -> None:
    staff_id, app, _ = with_app(database)
    assert check(database, staff_id, app.at(NOW)) == "totp"
    assert check(database, staff_id, app.at(NOW)) == Fail("used")
    assert check(database, staff_id, app.at(NOW - STEP)) == Fail("used")
    assert check(database, staff_id, app.at(NOW + STEP), STEP) == "totp"


def test_the_code_that_set_the_app_up_is_used(database: Database) -> None:
    secret = factors.new_totp_secret()
    code = pyotp.TOTP(secret).at(NOW)
    with database.write() as db:
        staff_id = a_teacher(db)
        factors.add_totp(db, KEYRING, staff_id, secret, code, "telefoon", now=NOW)
    assert check(database, staff_id, code) == Fail("used")


def test_of_two_at_the_same_moment_one_gets_in(database: Database) -> None:
    staff_id, app, codes = with_app(database)
    for code in (app.at(NOW), codes[0]):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _, code=code: check(database, staff_id, code), range(4)))
        assert sum(isinstance(one, str) for one in found) == 1, found


def test_six_wrong_codes_lock_for_ten_minutes_and_the_owner_is_told(database: Database) -> None:
    staff_id, app, _ = with_app(database)
    assert [check(database, staff_id, "000000") for _ in range(6)] == [Fail("wrong")] * 6
    locked = check(database, staff_id, app.at(NOW))
    assert isinstance(locked, Fail)
    assert (locked.reason, locked.until) == ("locked", NOW + timedelta(minutes=10))
    with database.read() as db:
        assert len(queued_mails(db, "sign_in_trouble")) == 1
    later = timedelta(minutes=10, seconds=1)
    assert check(database, staff_id, app.at(NOW + later), later) == "totp"


def test_recovery_codes_are_counted_by_the_same_limit(database: Database) -> None:
    staff_id, _, codes = with_app(database)
    for _ in range(6):
        check(database, staff_id, "abcdef-abcdef-abcdef-abcdef")
    locked = check(database, staff_id, codes[0])
    assert isinstance(locked, Fail)
    assert locked.reason == "locked"


def test_nothing_given_counts_for_nothing(database: Database) -> None:
    staff_id, app, _ = with_app(database)
    for odd in ("", "   ", "---", "éé"):
        for _ in range(3):
            assert check(database, staff_id, odd) == Fail("wrong")
    assert check(database, staff_id, app.at(NOW)) == "totp"


def test_a_recovery_code_is_good_once_however_it_is_typed(database: Database) -> None:
    staff_id, _, codes = with_app(database)
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == factors.RECOVERY_LETTERS for code in codes)
    assert check(database, staff_id, codes[0].upper().replace("-", " ")) == "recovery"
    assert check(database, staff_id, codes[0]) == Fail("wrong")
    with database.read() as db:
        assert factors.recovery_left(db, staff_id) == 9


def test_new_recovery_codes_end_the_old_ones(database: Database) -> None:
    staff_id, _, codes = with_app(database)
    with database.write() as db:
        fresh = factors.new_recovery_codes(db, staff_id, NOW)
    assert check(database, staff_id, codes[0]) == Fail("wrong")
    assert check(database, staff_id, fresh[0]) == "recovery"


def test_nobodys_code_opens_somebody_elses_account(database: Database) -> None:
    staff_id, _, _ = with_app(database)
    _, other_app, other_codes = with_app(database)
    assert check(database, staff_id, other_app.at(NOW)) == Fail("wrong")
    assert check(database, staff_id, other_codes[0]) == Fail("wrong")


def test_the_last_factor_stays_where_the_role_needs_one(database: Database) -> None:
    for role, done in (("ict", Fail("last")), ("operator", Fail("last")), ("teacher", True)):
        staff_id, _, _ = with_app(database, role)
        with database.write() as db:
            (mine,) = factors.of(db, staff_id)
            assert factors.remove(db, KEYRING, staff_id, mine.id, NOW) == done
            assert factors.recovery_left(db, staff_id) == (0 if done is True else 10)


def test_two_who_take_away_a_factor_each_leave_one(database: Database) -> None:
    staff_id, _, _ = with_app(database)
    secret = factors.new_totp_secret()
    with database.write() as db:
        factors.add_totp(db, KEYRING, staff_id, secret, pyotp.TOTP(secret).at(NOW), "tablet", now=NOW)
        mine = [factor.id for factor in factors.of(db, staff_id)]

    def take(factor_id: str) -> bool | Fail:
        with database.write() as db:
            return factors.remove(db, KEYRING, staff_id, factor_id, NOW)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(take, mine))
    assert sorted(map(str, done)) == sorted(map(str, (True, Fail("last"))))


def test_a_reset_takes_everything_away_and_tells_the_member(database: Database) -> None:
    staff_id, app, codes = with_app(database, "teacher")
    with database.write() as db:
        half = half_signin.begin(db, staff_id, NOW)
        assert factors.reset(db, KEYRING, staff_id, actor="staff:ict", now=NOW)
        assert not factors.reset(db, KEYRING, staff_id, actor="staff:ict", now=NOW)
        assert half_signin.find(db, half, NOW) is None
        assert (factors.has(db, staff_id), len(queued_mails(db, "factors_reset"))) == (False, 1)
        acts = db.execute(select(AuditEvent.actor).where(AuditEvent.act == "factor.reset")).scalars().all()
        assert acts == ["staff:ict"]
    assert check(database, staff_id, app.at(NOW)) == check(database, staff_id, codes[0]) == Fail("wrong")


def test_a_half_signin_ends_once_in_time_and_with_the_service_of_its_member(database: Database) -> None:
    staff_id, _, _ = with_app(database)
    with database.write() as db:
        tokens = [half_signin.begin(db, staff_id, NOW) for _ in range(4)]
        assert half_signin.finish(db, tokens[0], NOW) == staff_id
        assert half_signin.finish(db, tokens[0], NOW) is None
        assert half_signin.finish(db, tokens[1], NOW + half_signin.LIFE) is None
        assert half_signin.find(db, "hs_made-up", NOW) is None
        staff_passwords.change(db, KEYRING, staff_id, "another hash", NOW)
        assert half_signin.finish(db, tokens[2], NOW) is None
        last = half_signin.begin(db, staff_id, NOW)
        db.execute(update(Staff).where(Staff.id == staff_id).values(ended_at=NOW))
        assert half_signin.finish(db, last, NOW) is None
