"""A provider behind a real socket, and a relying party that talks to it over HTTP alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.party import Party
from tests.site import Site, served


@pytest.fixture
def site(seeded_url: str, tmp_path: Path) -> Iterator[Site]:
    """The whole provider, with the demo's people, on each of the two databases."""
    with served(seeded_url, tmp_path) as running:
        yield running


@pytest.fixture
def party(site: Site) -> Party:
    """A confidential publisher of profile simple."""
    return Party(site)
