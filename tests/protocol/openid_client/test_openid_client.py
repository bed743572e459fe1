"""openid-client of npm, which we did not write, signs in: discovery, code, PKCE, state, nonce, refresh, logout."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.party import Party
from tests.site import PUBLISHER, SECRET, registration

FOLDER = Path(__file__).parents[1] / "node"


@pytest.fixture
def node() -> str:
    """node with openid-client, or a loud word about what was not tested."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules" / "openid-client").exists():
        if os.environ.get("CI") == "true":
            raise AssertionError("node or openid-client is missing: run `make setup-tests`")
        pytest.skip("OPENID-CLIENT NOT TESTED: run `make setup-tests`")
    return found


@pytest.mark.node
def test_openid_client_signs_in_refreshes_and_signs_out(party: Party, node: str) -> None:
    party.site.register(registration(scope="openid profile offline_access"))
    after = f"https://{PUBLISHER}.example/out"
    command = [node, str(FOLDER / "sign_in.mjs"), party.site.issuer, PUBLISHER, SECRET, party.redirect_uri, after]
    browser = party.browser()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdin is not None
        assert script.stdout is not None
        asked = json.loads(script.stdout.readline())["go"]
        script.stdin.write(json.dumps({"callback": browser.open(asked).url}) + "\n")
        script.stdin.flush()
        learned: dict[str, Any] = json.loads(script.stdout.readline())
        assert script.wait(timeout=30) == 0
    child = party.site.people()["homes"][0]["children"][0]
    assert learned["userinfo"]["given_name"] == child["first_name"]
    assert learned["userinfo"]["sub"] == learned["claims"]["sub"] == learned["afterRefresh"]["sub"]
    same = ("sub", "auth_time", "sid", "acr")
    assert [learned["refreshedClaims"][name] for name in same] == [learned["claims"][name] for name in same]
    assert "nonce" not in learned["refreshedClaims"]
    assert learned["afterRevocation"] == "invalid_token"
    page = browser.open(learned["go"])
    assert (page.url.partition("?")[0], page.query) == (after, {"state": "weg"})
    assert browser.open(party.authorize_url(prompt="none")).query["error"] == "login_required"
