"""openid-client of npm registers itself for profile fapi2: private_key_jwt, JAR, PAR, JARM, DPoP, all of it theirs."""

from typing import Any

import pytest

from idp.engine.clients.initial_access import issue_initial_access_token
from idp.kernel.clock import now
from tests.protocol.node_runner import converse, find_node
from tests.protocol.party import Party


@pytest.mark.node
def test_openid_client_follows_fapi2_from_registration_to_its_end(party: Party) -> None:
    with party.site.database.write() as db:
        token = issue_initial_access_token(db, now(), terms={"all_schools": True, "claims": ["given_name"]})
    arguments = (party.site.issuer, token, "https://streng.example/callback")
    browser = party.browser()

    def go(said: dict[str, Any]) -> dict[str, Any]:
        assert "code_challenge" not in said["go"]
        return {"callback": browser.open(said["go"]).url}

    learned = converse(find_node(), "strict.mjs", *arguments, hear=go)
    child = party.site.people()["homes"][0]["children"][0]
    assert set(learned["query"]) == {"response"}
    assert learned["tokenType"].lower() == "dpop"
    assert learned["userinfo"]["given_name"] == child["first_name"]
    assert learned["userinfo"]["sub"] == learned["claims"]["sub"] == learned["afterRefresh"]["sub"]
    assert learned["rotated"] is False
    assert learned["gone"] == 204
