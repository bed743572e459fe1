"""What is printed is what the provider takes, and it stays the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from clients.publisher import publishers
from clients.publisher.registration import DEVICE_GRANT, registration, secrets_of
from idp.engine.clients import metadata
from idp.engine.clients.profiles import PROFILES
from idp.engine.tokens.claims import CLAIMS, SCOPES

BASE = "http://localhost:5001"


def _all(data: Path) -> list[dict[str, Any]]:
    every = publishers.load()
    secrets = secrets_of(every, data)
    return [registration(publisher, BASE, secrets[publisher.slug]) for publisher in every]


def test_the_provider_accepts_every_registration(tmp_path: Path) -> None:
    for entry in _all(tmp_path):
        profile = PROFILES[entry["sleutelbos"]["profile"]]
        complete, problems = metadata.check(entry, profile.name)
        assert problems == [], entry["client_id"]
        assert complete["redirect_uris"] == [f"{BASE}/{entry['client_id']}/callback"]
        assert complete["backchannel_logout_uri"] == f"{BASE}/{entry['client_id']}/backchannel"
        assert complete["initiate_login_uri"] == f"{BASE}/{entry['client_id']}/login"
        assert complete["token_endpoint_auth_method"] in profile.auth_methods
        assert complete["id_token_signed_response_alg"] in profile.signing_algs
        assert set(complete["scope"].split()) <= set(SCOPES)
        assert set(entry["sleutelbos"]["claims"]) <= set(CLAIMS)


def test_what_a_publisher_wants_to_know_its_scopes_ask_for(tmp_path: Path) -> None:
    for entry in _all(tmp_path):
        covered = frozenset[str]().union(*(SCOPES[name] for name in entry["scope"].split()))
        assert set(entry["sleutelbos"]["claims"]) <= covered, entry["client_id"]


def test_only_a_confidential_client_has_a_secret(tmp_path: Path) -> None:
    secrets = [entry.get("client_secret") for entry in _all(tmp_path)]
    for entry in _all(tmp_path):
        public = entry["token_endpoint_auth_method"] == "none"
        assert ("client_secret" in entry) is not public
        assert public or len(entry["client_secret"]) >= 43
    assert len(set(secrets)) == 15
    assert secrets.count(None) == 1


def test_refresh_tokens_are_registered_where_they_are_asked_for(tmp_path: Path) -> None:
    for entry in _all(tmp_path):
        assert ("refresh_token" in entry["grant_types"]) is ("offline_access" in entry["scope"].split())


def test_one_has_an_app_for_boards(tmp_path: Path) -> None:
    boards = [entry["client_id"] for entry in _all(tmp_path) if DEVICE_GRANT in entry["grant_types"]]
    assert boards == ["prowise-go"]


def test_the_command_prints_the_same_every_time(tmp_path: Path) -> None:
    environment = os.environ | {"CLIENTS_BASE": BASE, "CLIENTS_DATA": str(tmp_path / "clients")}
    command = [sys.executable, "-m", "clients.publisher", "--print-registrations"]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert first == second
    assert json.loads(first) == _all(tmp_path / "clients")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "clients").iterdir()} == {0o600}


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    environment = os.environ | {"CLIENTS_DATA": str(tmp_path / "file" / "clients")}
    command = [sys.executable, "-m", "clients.publisher", "--print-registrations"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "file") in done.stderr
