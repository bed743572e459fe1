"""The provider's own credentials at each environment, and what is printed about them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from clients.network import environments
from clients.network.party import parties

BASE, ISSUER = "http://localhost:5002", "http://localhost:5000"


def _printed(option: str, data: Path) -> Any:
    environment = os.environ | {"NETWORKS_BASE": BASE, "NETWORKS_DATA": str(data), "IDP_ISSUER": ISSUER}
    command = [sys.executable, "-m", "clients.network", option]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def test_the_credentials_stay_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    every = environments.load()
    first = parties(every, ISSUER, tmp_path)
    assert parties(every, ISSUER, tmp_path) == first
    assert len({party.secret for party in first.values()}) == 8
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert "secrets.json" in {file.name for file in tmp_path.iterdir()}


def test_the_people_are_printed_as_the_demo_page_shows_them(tmp_path: Path) -> None:
    printed = _printed("--print-people", tmp_path)
    assert [set(one) for one in printed] == [{"slug", "name", "url", "people"}] * 8
    moo = next(one for one in printed if one["slug"] == "moo")
    assert moo["url"] == f"{BASE}/moo/"
    assert moo["people"][0] == {
        "username": "noor",
        "given_name": "Noor",
        "family_name": "de Wit",
        "name": "Noor de Wit",
        "group": "Vlinder",
        "year": 4,
        "pupil_key": "moo-0001",
        "fake": True,
    }


def test_the_clients_are_printed_as_the_provider_needs_them(tmp_path: Path) -> None:
    printed = {one["slug"]: one for one in _printed("--print-clients", tmp_path)}
    moo, prowise = printed["moo"], printed["prowise-go"]
    assert len(printed) == 8
    assert moo["issuer"] == f"{BASE}/moo"
    assert moo["client_id"] == "sleutelbos"
    assert moo["redirect_uris"] == [f"{ISSUER}/netwerk/moo/terug"]
    assert moo["backchannel_logout_uri"] == f"{ISSUER}/netwerk/moo/backchannel"
    assert moo["acr"] == {"urn:moo:inlog:wachtwoord": "urn:sleutelbos:acr:network"}
    assert (moo["pupil_key"], moo["client_key"]) == ("sub", None)
    assert len(moo["client_secret"]) >= 43
    assert prowise["token_endpoint_auth_method"] == "private_key_jwt"
    assert prowise["client_secret"] is None
    assert prowise["client_key"]["kty"] == "EC"
    assert "d" in prowise["client_key"]
