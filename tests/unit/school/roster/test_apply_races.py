"""Two co-ordinators press the button at the same moment: one plan is carried out, the other is told."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Connection, func, select

from idp.kernel.db import Database
from idp.school.models import Pupil, School, Staff
from idp.school.roster.apply import Applied, Stale, apply
from idp.school.roster.plan import Plan
from tests.builders import KEYRING, NOW
from tests.races import overlapping
from tests.roster_files import a_file, edexml
from tests.unit.school.roster.imported import changed, imported, planned, read

AT_ONCE = 6


def outcomes(database: Database, plans: list[Plan]) -> Counter[str]:
    """All carried out at the same moment, each by a thread of its own."""
    start = Barrier(len(plans))

    def press(made: Plan) -> Applied | Stale | object:
        start.wait()
        with database.write() as db:
            return apply(db, KEYRING, made, confirmed=["leavers"], actor=None, now=NOW)

    with ThreadPoolExecutor(len(plans)) as pool:
        return Counter(type(outcome).__name__ for outcome in pool.map(press, plans))


def test_a_new_school_is_made_once(database: Database) -> None:
    with database.read() as db:
        plans = [planned(db, read(edexml(a_file(seed=seed)))) for seed in range(AT_ONCE)]
    assert outcomes(database, plans) == {"Applied": 1, "Stale": AT_ONCE - 1}
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(School)).scalar_one() == 1
        assert db.execute(select(func.count()).select_from(Pupil)).scalar_one() == 6


def test_of_several_plans_for_one_school_one_is_carried_out(database: Database) -> None:
    file = a_file()
    with database.write() as db:
        imported(db, file)
    with database.read() as db:
        plans = [planned(db, read(edexml(changed(file, number, first_name="Ans")))) for number in range(AT_ONCE)]
    assert outcomes(database, plans) == {"Applied": 1, "Stale": AT_ONCE - 1}
    with database.read() as db:
        assert Counter(db.execute(select(Pupil.first_name)).scalars())["Ans"] == 1


def test_of_two_schools_whose_files_have_the_same_teacher_one_is_told(database: Database) -> None:
    files = [a_file(brin=brin, name=brin) for brin in ("11AA", "22BB")]  # their teachers have the same addresses
    with database.read() as db:
        plans = [planned(db, read(edexml(file))) for file in files]

    def press(made: Plan) -> Callable[[Connection], object]:
        return lambda db: apply(db, KEYRING, made, confirmed=["leavers"], actor=None, now=NOW)

    first, second = overlapping(database, press(plans[0]), press(plans[1]))
    assert isinstance(first, Applied)
    assert isinstance(second, Stale)
    assert [change.kind for change in second.changes] == ["staff"]
    with database.read() as db:
        assert [db.execute(select(func.count()).select_from(one)).scalar_one() for one in (School, Staff)] == [1, 2]
