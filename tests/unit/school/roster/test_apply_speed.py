"""A school of nine hundred pupils in forty groups is taken over in seconds, from any format, on either database."""

import dataclasses
import time
from collections.abc import Callable

import pytest
from sqlalchemy import event

from idp.kernel.db import Database
from tests.oneroster_files import oneroster, oneroster_rows
from tests.roster_files import File, a_file, edexml
from tests.unit.school.roster.imported import carried_out, planned, read

FILE = a_file(900, 40)
WITHIN_S = 5.0


def as_oneroster(file: File) -> bytes:
    return oneroster(oneroster_rows(file))


@pytest.mark.parametrize("written", [edexml, as_oneroster])
def test_a_whole_school_is_imported_within_five_seconds(database: Database, written: Callable[[File], bytes]) -> None:
    data = written(FILE)
    began = time.monotonic()
    with database.read() as db:
        dry_run = planned(db, read(data))
    looked = time.monotonic()
    with database.write() as db:
        carried_out(db, planned(db, read(data)))
    done = time.monotonic()
    took = f"dry run {looked - began:.2f} s, import {done - looked:.2f} s"
    print(f"\n{database.engine.dialect.name} {written.__name__}: {took}")
    assert dry_run.counts["joiners"] == 900
    assert looked - began < WITHIN_S
    assert done - looked < WITHIN_S


def test_the_next_year_of_that_school_takes_few_statements(database: Database) -> None:
    """Year 8 leaves, a new year 1 comes, everybody moves up: statements are counted, not seconds."""
    moved = [
        dataclasses.replace(child, group=f"g{int((child.group or 'g0')[1:]) + 1}")
        for child in FILE.children
        if child.group != "g39"
    ]
    comes = [dataclasses.replace(child, key=f"n{child.key}", group="g0", eck_id=None) for child in FILE.children[:22]]
    after = dataclasses.replace(FILE, children=[*moved, *comes])
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    with database.write() as db:
        carried_out(db, planned(db, read(edexml(FILE))))
        made = planned(db, read(edexml(after)))
        event.listen(database.engine, "before_cursor_execute", counted)
        carried_out(db, made, confirmed=["lookalikes"])
    assert (made.counts["movers"], made.counts["joiners"], made.counts["leavers"]) == (878, 22, 22)
    assert count < 40
