"""What is old is forgotten, and nothing before."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import DeclarativeBase

from idp.kernel import audit, throttle
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.throttle import Throttle
from idp.school import households, links, retention
from idp.school.models import HomeAccount, HomeVisit, Household, Link
from tests.builders import NOW, a_home, a_pupil, an_address

DAY = timedelta(days=1)


def _tidy(database: Database, after: timedelta) -> None:
    for chore in retention.CHORES:
        with database.write() as db:
            chore(db, NOW + after)


@pytest.mark.parametrize(
    ("table", "kept", "gone"),
    [
        (Link, 37 * DAY, 38 * DAY),  # a week's life and a month more
        (Household, timedelta(hours=36), 2 * DAY),
        (HomeVisit, 181 * DAY, 182 * DAY),
        (AuditEvent, 425 * DAY, 426 * DAY),
        (Throttle, timedelta(hours=1), 2 * DAY),
    ],
)
def test_it_is_kept_so_long_and_no_longer(
    database: Database, table: type[DeclarativeBase], kept: timedelta, gone: timedelta
) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        links.mint(db, "activate", account.id, "slot", NOW)
        db.execute(insert(Household).values(fingerprint=b"h", home_account_id=account.id, started_at=NOW, seen_at=NOW))
        household = households.SignedIn("token", account.id, account.address, "nl", NOW)
        households.visit(db, household, "pupil", "sid", NOW)
        throttle.take(db, "child_secret", "noor", NOW)
        audit.record(db, "something.happened", now=NOW)
    counts = []
    for after in (kept, gone):
        _tidy(database, after)
        with database.read() as db:
            counts.append(db.execute(select(func.count()).select_from(table)).scalar_one())
    assert counts[0] > 0
    assert counts[1] == 0


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
