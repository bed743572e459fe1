"""A provider in this process and somebody who visits it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.site import Site, build, settings_for
from tests.visitor import Visitor


@pytest.fixture
def site(seeded_url: str, tmp_path: Path) -> Iterator[Site]:
    """The whole provider, with the demo's people, on each of the two databases."""
    made = build(settings_for(seeded_url, tmp_path))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def visitor(site: Site) -> Visitor:
    """A browser."""
    return Visitor(site.wsgi)


@pytest.fixture
def another(site: Site) -> Callable[[], Visitor]:
    """More browsers."""
    return lambda: Visitor(site.wsgi)
