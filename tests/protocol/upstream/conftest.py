"""The environments, for a module; and each test finds them well-behaved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.upstream.world import EVERY, Pupil, Upstream, running
from tests.site import Site


@pytest.fixture(scope="session")
def kept_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the environments keep their keys and ours; an RSA key takes a while."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="module")
def upstreams(shared_site: Site, kept_keys: Path) -> Iterator[Upstream]:
    """The provider and its environments, running."""
    with running(shared_site, kept_keys) as made:
        yield made


@pytest.fixture
def there(upstreams: Upstream) -> Iterator[Upstream]:
    """The same, and afterwards as it was."""
    yield upstreams
    for environment in EVERY:
        upstreams.misbehave(environment.slug, "none")


@pytest.fixture
def pupil(there: Upstream) -> Pupil:
    """A fresh browser."""
    return there.pupil()
