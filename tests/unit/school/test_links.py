"""Mailed links: looking spends nothing, a link is spent once, an older one keeps working (rules 4 and 6)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint
from idp.school import links
from idp.school.links import Seen
from idp.school.models import Link
from tests.builders import NOW

SECOND = timedelta(seconds=1)


def _mint(database: Database, kind: str = "activate") -> str:
    with database.write() as db:
        return links.mint(db, kind, "account", "slot" if kind == "activate" else None, NOW)


def test_looking_at_a_link_spends_nothing(database: Database) -> None:
    token = _mint(database)
    with database.read() as db:
        seen = [links.look_at(db, "activate", token, NOW) for _ in range(5)]
    assert seen == [Seen("fresh", "activate", "account", "slot")] * 5
    with database.write() as db:
        assert links.spend(db, "activate", token, NOW) == Seen("fresh", "activate", "account", "slot")


def test_a_link_is_spent_once_and_says_so_afterwards(database: Database) -> None:
    token = _mint(database)
    with database.write() as db:
        assert links.spend(db, "activate", token, NOW)
        assert links.spend(db, "activate", token, NOW) is None
        assert links.look_at(db, "activate", token, NOW) == Seen("used", "activate", "account", "slot")


def test_of_fifty_who_spend_one_link_at_once_one_does(database: Database) -> None:
    token, together = _mint(database), Barrier(50)

    def spend(_number: int) -> bool:
        together.wait(30)
        with database.write() as db:
            return links.spend(db, "activate", token, NOW) is not None

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(spend, range(50))) == 1


@pytest.mark.parametrize(("kind", "life"), [("activate", timedelta(days=7)), ("reset", timedelta(hours=1))])
def test_a_link_lives_as_long_as_the_product_says(database: Database, kind: str, life: timedelta) -> None:
    token = _mint(database, kind)
    with database.write() as db:
        assert links.spend(db, kind, token, NOW + life) is None
        found = links.look_at(db, kind, token, NOW + life)
        assert found is not None
        assert found.state == "expired"
        assert links.spend(db, kind, token, NOW + life - SECOND) is not None


def test_a_newer_link_leaves_an_older_one_alone(database: Database) -> None:
    older, newer = _mint(database), _mint(database)
    with database.write() as db:
        assert links.spend(db, "activate", newer, NOW)
        assert links.spend(db, "activate", older, NOW)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.upper(), lambda _: "", lambda _: "é" * 999]
)
def test_a_link_that_lost_a_piece_is_none(database: Database, change: Callable[[str], str]) -> None:
    token = change(_mint(database))
    with database.write() as db:
        assert links.look_at(db, "activate", token, NOW) is None
        assert links.spend(db, "activate", token, NOW) is None


def test_a_link_of_one_kind_opens_nothing_of_the_other(database: Database) -> None:
    token = _mint(database, "reset")
    with database.write() as db:
        assert links.look_at(db, "activate", token, NOW) is None
        assert links.spend(db, "activate", token, NOW) is None


def test_the_table_holds_no_link_that_works(database: Database) -> None:
    token = _mint(database)
    with database.read() as db:
        assert db.execute(select(Link.fingerprint)).scalar() == fingerprint(token) != token.encode()
