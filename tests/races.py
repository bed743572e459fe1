"""Two transactions, of which the second comes while the first is under way: the order that a race has to be lost in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from idp.kernel.db import Database

A, B = TypeVar("A"), TypeVar("B")


def overlapping(database: Database, first: Callable[[Connection], A], second: Callable[[Connection], B]) -> tuple[A, B]:
    """What both came to. `second` begins when `first` is done and not committed; it has to wait for that."""

    def follow() -> B:
        with database.write() as db:
            return second(db)

    with ThreadPoolExecutor(1) as another:
        with database.write() as db:
            one = first(db)
            following = another.submit(follow)
            with pytest.raises(TimeoutError):
                following.result(0.3)
        return one, following.result()
