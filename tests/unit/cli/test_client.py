"""`sleutelbos client`: a new secret beside the old one, and an invitation to register."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.cli.client import client
from idp.cli.context import App, CommandError
from idp.engine.clients.initial_access import terms_of
from idp.engine.clients.registry import Registry
from idp.kernel.clock import now
from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint
from tests.engine_parts import a_stored_client
from tests.site import SECRET, settings_for


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> App:
    return App(settings_for(database_url, tmp_path))


def run(app: App, *arguments: str) -> str:
    done = CliRunner().invoke(client, arguments, obj=app, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_a_new_secret_is_printed_once_and_the_old_one_still_works(app: App, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "app", SECRET)
    fresh = run(app, "rotate-secret", "app")
    with database.read() as db:
        found = Registry().find(db, "app")
    assert found is not None
    assert found.secret_fingerprint == fingerprint(fresh)
    assert found.old_secret is not None
    assert found.old_secret[0] == fingerprint(SECRET)


def test_a_client_without_a_secret_gets_none(app: App, database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "public", token_endpoint_auth_method="none")
    for name in ("public", "nobody"):
        with pytest.raises(CommandError, match=name):
            run(app, "rotate-secret", name)


def test_an_invitation_says_what_its_clients_may_be_told(app: App, database: Database) -> None:
    for options, more in ((["--all-schools"], "all_schools"), (["--session-management"], "session_management")):
        token = run(app, "invite", "--claim", "given_name", *options)
        terms = {"claims": ["given_name"], "all_schools": False, "session_management": False} | {more: True}
        with database.read() as db:
            assert terms_of(db, token, now()) == terms
    with pytest.raises(CommandError, match="shoe_size"):
        run(app, "invite", "--claim", "shoe_size")
