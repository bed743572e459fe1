"""A whole provider in this process, on a database of its own, with the demo's people in it."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from werkzeug.serving import make_server

from idp import app, config
from idp.cli.client import import_registrations
from idp.cli.context import App
from idp.cli.network import import_environments
from idp.engine.http import WsgiApp
from idp.kernel import outbox, transports
from idp.kernel.clock import now
from idp.kernel.db import Database, make_engine
from idp.kernel.secrets import KeyRing
from idp.school import demo

RING = "k1:" + "A" * 43 + "="
"""One ring for all tests, so that a seeded database can be copied."""

PUBLISHER = "demo-publisher"
SECRET = "a-secret-of-a-publisher-in-tests-000"


def registration(client_id: str = PUBLISHER, **metadata: Any) -> dict[str, Any]:
    """A confidential publisher that every school has; `metadata` are RFC 7591 names, or `sleutelbos`."""
    entry: dict[str, Any] = {
        "client_id": client_id,
        "client_secret": SECRET,
        "client_name": client_id.replace("-", " ").capitalize(),
        "redirect_uris": [f"https://{client_id}.example/callback"],
        "post_logout_redirect_uris": [f"https://{client_id}.example/out"],
        "initiate_login_uri": f"https://{client_id}.example/login",
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile",
        "sleutelbos": {"profile": "simple", "claims": ["given_name", "name", "group"], "all_schools": True},
    }
    return entry | metadata


@dataclass(slots=True)
class Site:
    """The provider: its WSGI application, its database, and what a test does behind its back."""

    settings: config.Settings
    database: Database
    keyring: KeyRing
    wsgi: WsgiApp
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its own address."""
        return self.settings.issuer

    def people(self) -> dict[str, Any]:
        """The staff, homes and unused pupil of the demo, as they are now (CONTRACT of /demo.json)."""
        with self.database.read() as db:
            return demo.facts(db, self.keyring)

    def deliver(self) -> None:
        """Let the worker send what waits."""
        app.build_worker(self.settings, self.database, self.keyring).run_once(now())

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Deliver, and read the demo mailbox, newest first."""
        self.deliver()
        with self.database.read() as db:
            return [found for found in transports.newest(db) if to is None or found["to"] == to]

    def failures(self) -> list[outbox.Failure]:
        """What the worker could not deliver, or not yet."""
        with self.database.read() as db:
            return outbox.failures(db)

    def register(self, *registrations: dict[str, Any]) -> None:
        """Import clients as an operator does."""
        _import(self.settings, registrations)

    def connect(self, *environments: dict[str, Any]) -> None:
        """Import network environments as an operator does."""
        command = App(self.settings)
        import_environments(command, environments)
        command.database.engine.dispose()


def seed(url: str, folder: Path) -> None:
    """Put the demo's people and one publisher into an empty database."""
    settings = settings_for(url, folder)
    database, keyring = Database(make_engine(url)), KeyRing.parse(RING)
    with database.write() as db:
        app.seed_demo(settings, db, keyring)
    _import(settings, [registration()])
    database.engine.dispose()


def _import(settings: config.Settings, registrations: Iterable[dict[str, Any]]) -> None:
    command = App(settings)
    import_registrations(command, list(registrations))
    command.database.engine.dispose()  # PostgreSQL copies no database that somebody is connected to


def settings_for(url: str, folder: Path, issuer: str = "http://localhost", **more: Any) -> config.Settings:
    """Settings of a demo on this database."""
    given = {"issuer": issuer, "data": folder, "database_url": url, "keys": SecretStr(RING), "demo": True}
    return config.Settings(**(given | more))


def build(settings: config.Settings) -> Site:
    """The provider on a seeded database."""
    database, keyring = Database(make_engine(settings.database)), KeyRing.parse(RING)
    return Site(settings, database, keyring, app.build(settings, database, keyring))


@contextmanager
def served(url: str, folder: Path, **more: Any) -> Iterator[Site]:
    """The provider behind a real socket on loopback, with a thread for each connection; its issuer is its address."""
    server = make_server("127.0.0.1", 0, lambda environ, start: [], threaded=True)
    site = build(settings_for(url, folder, f"http://localhost:{server.server_port}", **more))
    server.app = site.wsgi
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        site.database.engine.dispose()
