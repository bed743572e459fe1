"""openid-client of npm registers itself for profile fapi2: private_key_jwt, JAR, PAR, JARM, DPoP, all of it theirs."""

import json
import subprocess
from typing import Any

import pytest

from idp.engine.clients.initial_access import issue_initial_access_token
from idp.kernel.clock import now
from tests.protocol.openid_client.test_openid_client import FOLDER, node
from tests.protocol.party import Party

__all__ = ["node"]


@pytest.mark.node
def test_openid_client_follows_fapi2_from_registration_to_its_end(party: Party, node: str) -> None:
    with party.site.database.write() as db:
        token = issue_initial_access_token(db, now(), terms={"all_schools": True, "claims": ["given_name"]})
    command = [node, str(FOLDER / "strict.mjs"), party.site.issuer, token, "https://streng.example/callback"]
    browser = party.browser()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdin is not None
        assert script.stdout is not None
        asked = json.loads(script.stdout.readline())["go"]
        assert "code_challenge" not in asked
        script.stdin.write(json.dumps({"callback": browser.open(asked).url}) + "\n")
        script.stdin.flush()
        learned: dict[str, Any] = json.loads(script.stdout.readline())
        assert script.wait(timeout=30) == 0
    child = party.site.people()["homes"][0]["children"][0]
    assert set(learned["query"]) == {"response"}
    assert learned["tokenType"].lower() == "dpop"
    assert learned["userinfo"]["given_name"] == child["first_name"]
    assert learned["userinfo"]["sub"] == learned["claims"]["sub"] == learned["afterRefresh"]["sub"]
    assert learned["rotated"] is False
    assert learned["gone"] == 204
