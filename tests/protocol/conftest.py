"""A provider behind a real socket, and a relying party that talks to it over HTTP alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.party import Party
from tests.site import Site, registration, served


@pytest.fixture(scope="module")
def shared_site(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole provider, with the demo's people, on each of the two databases; one for a module."""
    with served(shared_seeded_url, tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The module's provider. A module that counts what is left behind overrides this with `fresh_site`."""
    return shared_site


@pytest.fixture
def fresh_site(seeded_url: str, tmp_path: Path) -> Iterator[Site]:
    """A provider that nobody used before."""
    with served(seeded_url, tmp_path) as running:
        yield running


@pytest.fixture
def party(site: Site) -> Party:
    """A confidential publisher of profile simple, as it was registered at first."""
    site.register(registration())
    return Party(site)
