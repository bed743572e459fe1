"""What every test can ask for. `database` runs each test on SQLite and on PostgreSQL; `--db` narrows that."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import migrations
from idp.kernel.db import Database, make_engine
from tests.postgres import Cluster, PostgresMissingError
from tests.site import seed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgresql", "both"), default="both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        backends = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
        if any(metafunc.definition.iter_markers("postgresql")):
            backends = tuple(name for name in backends if name == "postgresql")
        metafunc.parametrize("backend", backends, scope="session")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL of our own: Debian's binaries, a free port, fsync off; one for each test process."""
    try:
        made = Cluster(tmp_path_factory.mktemp("postgres"))
    except PostgresMissingError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"POSTGRESQL NOT TESTED: {missing}")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def made() -> dict[tuple[str, str], str]:
    """What was made to copy from, by kind and backend: going back and forth between the two makes nothing twice."""
    return {}


@pytest.fixture(scope="session")
def schema(
    backend: str,
    made: dict[tuple[str, str], str],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A migrated, empty database to copy from: a file (SQLite) or a template's name (PostgreSQL)."""
    if ("schema", backend) not in made:
        made["schema", backend] = _make_schema(backend, request, tmp_path_factory)
    return made["schema", backend]


def _make_schema(backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if backend == "sqlite":
        file = tmp_path_factory.mktemp("schema") / "empty.db"
        _migrate(f"sqlite:///{file}")
        return str(file)
    cluster: Cluster = request.getfixturevalue("cluster")
    _migrate(cluster.create("empty"))
    return "empty"


@pytest.fixture
def database_url(backend: str, schema: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with all tables."""
    yield from _copy(backend, schema, request, tmp_path)


@pytest.fixture(scope="session")
def seeded_schema(
    backend: str,
    schema: str,
    made: dict[tuple[str, str], str],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """A database with the demo's people to copy from."""
    if ("seeded", backend) not in made:
        made["seeded", backend] = _make_seeded(backend, schema, request, tmp_path_factory)
    return made["seeded", backend]


def _make_seeded(
    backend: str, schema: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    folder = tmp_path_factory.mktemp("seeded")
    if backend == "sqlite":
        file = folder / "seeded.db"
        file.write_bytes(Path(schema).read_bytes())
        seed(f"sqlite:///{file}", folder)
        _settle(f"sqlite:///{file}")
        return str(file)
    cluster: Cluster = request.getfixturevalue("cluster")
    seed(cluster.create("seeded", template=schema), folder)
    return "seeded"


@pytest.fixture
def seeded_url(backend: str, seeded_schema: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the demo's people."""
    yield from _copy(backend, seeded_schema, request, tmp_path)


@pytest.fixture(scope="module")
def shared_seeded_url(
    backend: str, seeded_schema: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same, for all tests of a module: for those that leave nothing behind that another would trip over."""
    yield from _copy(backend, seeded_schema, request, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with all tables, on each of the two backends."""
    engine = make_engine(database_url)
    yield Database(engine)
    engine.dispose()


def _migrate(url: str) -> None:
    engine = make_engine(url)
    with Database(engine).write() as db:
        migrations.upgrade(db)
    engine.dispose()
    _settle(url)


def _settle(url: str) -> None:
    """Bring what stands in the write-ahead log into the file, so that the file can be copied."""
    engine = make_engine(url)
    with engine.connect() as db:
        if engine.dialect.name == "sqlite":
            db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _copy(backend: str, template: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if backend == "sqlite":
        file = tmp_path / "sleutelbos.db"
        file.write_bytes(Path(template).read_bytes())
        yield f"sqlite:///{file}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.fresh_name()
    yield cluster.create(name, template=template)
    cluster.drop(name)
