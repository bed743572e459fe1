"""A synthetic school is laid down whole, quickly, and cannot be taken for a real one."""

import time

from sqlalchemy import select

from idp.kernel.db import Database
from idp.kernel.outbox import Outbox
from idp.school import child_secrets, pupils, synthetic
from idp.school.models import Group, HomeAccount, Staff
from tests.builders import KEYRING, NOW


def test_a_school_of_a_thousand_is_there_in_a_moment(database: Database) -> None:
    began = time.process_time()
    with database.write() as db:
        made = synthetic.lay_down(db, KEYRING, 0, 1000, None, NOW)
    took = time.process_time() - began
    print(f"\n{database.engine.dialect.name}: {made.pupils / took:,.0f} pupils a second of one core")
    assert made.pupils == 1000
    assert took < 2


def test_its_pupils_are_pupils_and_no_mail_waits(database: Database) -> None:
    with database.write() as db:
        synthetic.lay_down(db, KEYRING, 0, 60, None, NOW)
        group_id = db.execute(select(Group.id).where(Group.roster_key == "g0")).scalar()
        page = pupils.group_page(db, KEYRING, str(group_id))
        assert db.execute(select(Outbox.id)).first() is None
    assert page is not None
    assert len(page.rows) == 25
    assert all(child_secrets.pin_problem(row.pin or "") is None for row in page.rows)
    assert len({row.picture for row in page.rows}) == 25
    assert {row.home_status for row in page.rows} == {"Ja/Ja", "Nee/Nee"}


def test_its_addresses_lead_nowhere(database: Database) -> None:
    with database.write() as db:
        synthetic.lay_down(db, KEYRING, 7, 30, None, NOW)
        everybody = [*db.execute(select(HomeAccount.address)).scalars(), *db.execute(select(Staff.address)).scalars()]
    assert all(address.endswith("@synthetisch.invalid") for address in everybody)
    assert len(everybody) == len(set(everybody))


def test_a_number_makes_the_same_names_again(database: Database) -> None:
    with database.write() as db:
        for number in (1, 2):
            synthetic.lay_down(db, KEYRING, number, 5, None, NOW)
        assert synthetic.present(db) == {synthetic.key_of(1), synthetic.key_of(2)}
