"""Running publishers and network environments."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.network import environments
from tests.protocol.clients.party import Party, at
from tests.protocol.clients.world import Traveller, World, world


@pytest.fixture(scope="session")
def signing_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where signing keys are kept over the tests."""
    return tmp_path_factory.mktemp("signing-keys")


@pytest.fixture
def there(tmp_path: Path, signing_keys: Path) -> Iterator[World]:
    """Malmberg, with MOO for a provider."""
    with world(tmp_path, signing_keys) as made:
        yield made


@pytest.fixture
def browser(there: World) -> Traveller:
    """A fresh browser."""
    return there.traveller()


@pytest.fixture(params=environments.load(), ids=lambda environment: environment.slug)
def each(request: pytest.FixtureRequest, tmp_path: Path, signing_keys: Path) -> Iterator[Party]:
    """Authlib's client at each of the eight."""
    with at(request.param, tmp_path, signing_keys) as party:
        yield party


@pytest.fixture
def party(tmp_path: Path, signing_keys: Path) -> Iterator[Party]:
    """Authlib's client at one of them: what is no matter of configuration holds for all."""
    with at(next(one for one in environments.load() if one.slug == "moo"), tmp_path, signing_keys) as party:
        yield party
