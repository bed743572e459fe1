"""openid-client of npm on a board: the device grant, its tokens bound with DPoP."""

from typing import Any

import pytest

from tests.protocol.device.board import DEVICE, approve
from tests.protocol.node_runner import converse, find_node
from tests.protocol.party import Party
from tests.site import SECRET, registration


@pytest.mark.node
def test_a_board_shows_a_code_and_is_signed_in_when_somebody_says_yes(party: Party) -> None:
    party.site.register(registration("board", grant_types=[DEVICE], redirect_uris=[], initiate_login_uri=None))
    board = Party(party.site, "board")

    def confirm(shown: dict[str, Any]) -> dict[str, Any]:
        assert shown["verification_uri"].startswith(party.site.issuer)
        approve(board, shown)
        return {}

    learned = converse(find_node(), "device.mjs", party.site.issuer, "board", SECRET, hear=confirm)
    child = party.site.people()["homes"][0]["children"][0]
    assert learned["userinfo"]["given_name"] == child["first_name"]
    assert learned["claims"]["sub"] == learned["userinfo"]["sub"]
    assert learned["tokenType"].lower() == "dpop"
