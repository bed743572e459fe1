"""The examples of docs/publishers.md, run as they stand: a publisher registers itself and signs a child in."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from idp.engine.clients.initial_access import issue_initial_access_token
from idp.kernel.clock import now
from tests.browser.demo import free_ports
from tests.protocol.node_runner import FOLDER, find_node
from tests.protocol.party import Party
from tests.site import Site

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@dataclass(frozen=True, slots=True)
class Published:
    """A publisher that registered itself with the first example: its port, and what the others are told."""

    port: int
    environment: Mapping[str, str]

    @property
    def home(self) -> str:
        """Its front page."""
        return f"http://localhost:{self.port}/"


@pytest.fixture
def published(site: Site) -> Published:
    (port,) = free_ports(1)
    with site.database.write() as db:
        invitation = issue_initial_access_token(db, now(), terms={"all_schools": True, "claims": ["given_name"]})
    callback = f"http://localhost:{port}/callback"
    given = {"ISSUER": site.issuer, "INVITATION": invitation, "REDIRECT_URI": callback}
    told = json.loads(shell("register.sh", given))
    credentials = {"CLIENT_ID": told["client_id"], "CLIENT_SECRET": told["client_secret"]}
    return Published(port, given | credentials)


def shell(script: str, environment: Mapping[str, str], stdin: str = "") -> str:
    """Run one of the curl examples; what it prints."""
    done = subprocess.run(
        ["sh", EXAMPLES / "curl" / script],
        env=os.environ | dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(published: Published, command: list[str], folder: Path) -> Iterator[None]:
    """An example app, until the block ends."""
    more = {"PORT": str(published.port)}
    process = subprocess.Popen(command, cwd=folder, env=os.environ | dict(published.environment) | more)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("localhost", published.port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the example ended at once"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def visit(party: Party, published: Published) -> None:
    """Signed in there and out again, with the browser of a child that is signed in here."""
    browser: requests.Session = party.browser().session
    child = party.site.people()["homes"][0]["children"][0]
    assert "Inloggen met Sleutelbos" in browser.get(published.home, timeout=10).text
    page = browser.get(f"{published.home}login", timeout=10)
    assert page.url == published.home, page.text
    assert f"Hallo {child['first_name']}!" in page.text
    page = browser.get(f"{published.home}logout", timeout=10)
    assert "Inloggen met Sleutelbos" in page.text
    assert browser.get(f"{party.site.issuer}/portaal", timeout=10).url != f"{party.site.issuer}/portaal"


def test_python_with_authlib(party: Party, published: Published, tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "python" / "app.py", tmp_path)
    command = [sys.executable, "-m", "flask", "run", "--port", str(published.port), "--host", "localhost"]
    with running(published, command, tmp_path):
        visit(party, published)


@pytest.mark.node
def test_node_with_openid_client(party: Party, published: Published, tmp_path: Path) -> None:
    node = find_node()
    shutil.copy(EXAMPLES / "node" / "app.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to((FOLDER / "node_modules").resolve())
    with running(published, [node, "app.mjs"], tmp_path):
        visit(party, published)


def test_curl_alone(party: Party, published: Published) -> None:
    command = ["sh", EXAMPLES / "curl" / "sign_in.sh"]
    environment = os.environ | dict(published.environment)
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdout is not None
        assert script.stdin is not None
        script.stdout.readline()
        back = party.browser().open(script.stdout.readline().strip()).url
        assert back.startswith(f"{published.home}callback?")
        script.stdout.readline()
        told, _ = script.communicate(f"{back}\n", timeout=30)
        assert script.returncode == 0
    child = party.site.people()["homes"][0]["children"][0]
    assert json.loads(told)["given_name"] == child["first_name"]


def test_curl_refuses_an_answer_to_something_else(published: Published) -> None:
    command = ["sh", EXAMPLES / "curl" / "sign_in.sh"]
    done = subprocess.run(
        command,
        env=os.environ | dict(published.environment),
        input=f"{published.home}callback?code=x&state=foreign\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
