"""`sleutelbos`, called as an operator calls it: what it does, and the one line that it says when it cannot."""

import json
import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from idp import migrations
from idp.kernel.db import Database, make_engine
from tests.loopback import free_port
from tests.site import RING, registration

ROOT = Path(__file__).parents[2]
Run = subprocess.CompletedProcess[str]


@pytest.fixture
def sleutelbos(database_url: str, tmp_path: Path) -> Callable[..., Run]:
    """Runs the program on a migrated database; keyword arguments are settings."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> Run:
        given = {"IDP_DATABASE_URL": database_url, "IDP_KEYS": RING, "IDP_DATA": str(tmp_path / "data")} | settings
        return call(*arguments, stdin=stdin, **given)

    return run


def call(*arguments: str, stdin: str = "", most_bytes: int | None = None, **settings: str) -> Run:
    """The program with nothing but these settings; `most_bytes` is the largest file that it may write."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")} | settings
    command = [sys.executable, "-m", "idp.cli", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=stdin, capture_output=True, text=True, timeout=60, preexec_fn=limit
    )


def reason(done: Run) -> str:
    """The reason on standard error: no stack trace, and nothing was done."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr.removeprefix("sleutelbos: ")


def test_every_command_explains_itself() -> None:
    listed = call("--help").stdout.partition("Commands:")[2]
    for name in re.findall(r"^  (\w+)", listed, re.MULTILINE):
        done = call(name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: sleutelbos {name}")


def test_config_check_prints_every_setting_and_no_secret(sleutelbos: Callable[..., Run]) -> None:
    done = sleutelbos("config", "check", IDP_SMTP_URL="smtp://post:geheim@mail.example:587")
    assert done.returncode == 0
    assert "IDP_ISSUER = http://localhost:5000" in done.stdout
    assert "IDP_KEYS = ********" in done.stdout
    assert "geheim" not in done.stdout


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"IDP_KEYS": ""}, "IDP_KEYS is not set"),
        ({"IDP_KEYS": "k1:short"}, "IDP_KEYS"),
        ({"IDP_ISSUER": "http://school.example"}, "use https"),
        ({"IDP_ISSUER": "https://school.example/"}, "slash at the end"),
        ({"IDP_DEMO": "1", "IDP_ISSUER": "https://school.example"}, "IDP_DEMO is refused"),
        ({"IDP_DEMO": "1"}, "only by `sleutelbos demo`"),
        ({"PORT": "70000"}, "PORT"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    sleutelbos: Callable[..., Run], settings: dict[str, str], says: str
) -> None:
    assert says in reason(sleutelbos("config", "check", **settings))


def test_a_database_that_is_not_up_to_date_is_not_served(tmp_path: Path) -> None:
    done = call("serve", IDP_KEYS=RING, IDP_DATA=str(tmp_path), PORT=str(free_port()))
    assert "run `sleutelbos db upgrade` first" in reason(done)


def test_a_database_of_a_newer_version_is_left_alone(sleutelbos: Callable[..., Run], database: Database) -> None:
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for arguments in (("db", "upgrade"), ("serve",), ("worker",)):
        assert "revision 9999" in reason(sleutelbos(*arguments, PORT=str(free_port())))
    with database.read() as db:
        assert migrations.current(db) == "9999"


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = call("demo", IDP_DATA=str(tmp_path), PORT=str(taken.getsockname()[1]))
    assert re.fullmatch(r"127\.0\.0\.1:\d+ is in use; stop the other program or set PORT\n", reason(done))


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("in the way")
    done = call("demo", IDP_DATA=str(file / "var"), PORT=str(free_port()), CLIENTS_PORT="0", NETWORKS_PORT="0")
    assert done.returncode == 1
    done = call("db", "upgrade", IDP_KEYS=RING, IDP_DATA=str(file / "var"))
    assert "choose another folder with IDP_DATA" in reason(done)


def test_a_full_disk_is_one_line_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    done = call("db", "upgrade", most_bytes=40_000, IDP_KEYS=RING, IDP_DATA=str(tmp_path))
    assert "cannot be used" in reason(done)
    done = call("db", "upgrade", IDP_KEYS=RING, IDP_DATA=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_clients_are_imported_all_or_none(sleutelbos: Callable[..., Run]) -> None:
    good, bad = registration("good"), registration("bad", redirect_uris=["http://school.example/cb"])
    says = reason(sleutelbos("client", "import", "-", stdin=json.dumps([good, bad])))
    assert "bad: redirect_uris" in says
    assert sleutelbos("client", "list").stdout == ""
    assert sleutelbos("client", "import", "-", stdin=json.dumps([good])).stdout == "good: added\n"
    assert sleutelbos("client", "import", "-", stdin=json.dumps([good])).stdout == "good: unchanged\n"
    changed = good | {"client_name": "Better"}
    assert sleutelbos("client", "import", "-", stdin=json.dumps([changed])).stdout == "good: changed\n"
    assert "good\tBetter\tsimple\t" in sleutelbos("client", "list").stdout


def test_a_client_in_toml_and_out_again(sleutelbos: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "publisher.toml"
    file.write_text(
        'client_id = "p"\nclient_secret = "0123456789abcdef0123456789abcdef"\n'
        'redirect_uris = ["https://p.example/cb"]\n[sleutelbos]\nclaims = ["given_name"]\nall_schools = true\n'
    )
    assert sleutelbos("client", "import", str(file)).stdout == "p: added\n"
    assert sleutelbos("client", "disable", "p").stdout == "p: disabled\n"
    assert sleutelbos("client", "list").stdout == ""
    assert "there is no client q" in reason(sleutelbos("client", "disable", "q"))


def test_what_is_neither_toml_nor_json_says_so(sleutelbos: Callable[..., Run]) -> None:
    assert "neither JSON nor TOML" in reason(sleutelbos("client", "import", "-", stdin="= = ="))


def test_keys_are_rotated_and_listed(sleutelbos: Callable[..., Run]) -> None:
    assert "sign from" in sleutelbos("keys", "rotate").stdout
    listed = sleutelbos("keys", "list").stdout.splitlines()
    assert listed
    assert {line.split("\t")[2] for line in listed} == {"next"}


def test_an_unknown_support_code(sleutelbos: Callable[..., Run]) -> None:
    assert "there is no support code AAAA-BBBB" in reason(sleutelbos("audit", "AAAA-BBBB"))


def test_backup_and_restore(tmp_path: Path) -> None:
    here = {"IDP_KEYS": RING, "IDP_DATA": str(tmp_path / "data")}
    assert call("db", "upgrade", **here).returncode == 0
    assert call("client", "import", "-", stdin=json.dumps(registration("kept")), **here).returncode == 0
    copy = tmp_path / "copy.db"
    assert call("db", "backup", str(copy), **here).returncode == 0
    assert "exists already" in reason(call("db", "backup", str(copy), **here))
    assert call("client", "disable", "kept", **here).returncode == 0
    assert call("db", "restore", str(copy), **here).returncode == 0
    assert "kept" in call("client", "list", **here).stdout
    assert call("db", "check", **here).returncode == 0
    copy.write_bytes(b"no database at all")
    assert "cannot be used" in reason(call("db", "restore", str(copy), **here))


def test_the_check_finds_what_is_missing(database_url: str, sleutelbos: Callable[..., Run]) -> None:
    assert sleutelbos("db", "check").returncode == 0
    engine = make_engine(database_url)
    with Database(engine).write() as db:
        db.execute(text("DROP TABLE demo_mail"))
    engine.dispose()
    assert "differs from the program" in reason(sleutelbos("db", "check"))
