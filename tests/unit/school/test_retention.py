"""Whom the school does not forget, and whom it does. Each row of the table: tests/house/test_retention.py."""

from datetime import timedelta

from sqlalchemy import func, select

from idp.kernel import throttle
from idp.kernel.db import Database
from idp.kernel.throttle import Throttle
from idp.school import retention
from idp.school.models import HomeAccount
from tests.builders import NOW, a_home, a_pupil, an_address

DAY = timedelta(days=1)


def _tidy(database: Database, after: timedelta) -> None:
    for chore in retention.CHORES:
        with database.write() as db:
            chore(db, NOW + after)


def test_people_and_their_accounts_stay(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db))
        a_home(db, a_pupil(db), activated=False, confirmed=False)
    _tidy(database, 1000 * DAY)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(HomeAccount)).scalar() == 2


def test_an_account_that_no_slot_leads_to_and_nobody_activated_goes(database: Database) -> None:
    with database.write() as db:
        a_home(db, address=an_address().written, activated=False)
    _tidy(database, DAY)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(HomeAccount)).scalar() == 0


def test_counters_that_no_limit_looks_at_go(database: Database) -> None:
    with database.write() as db:
        throttle.take(db, "child_secret", "noor", NOW)
    for after, left in ((timedelta(hours=1), 1), (2 * DAY, 0)):
        _tidy(database, after)
        with database.read() as db:
            assert db.execute(select(func.count()).select_from(Throttle)).scalar() == left
