"""What the field's library gets wrong with tokens, and we must not: SECURITY.md section 2, by its numbers."""

import logging
from typing import Any

import pytest
from sqlalchemy import MetaData, select

from tests.protocol.party import Party, read_jwt
from tests.site import SECRET, Site, registration


@pytest.fixture
def keeper(site: Site) -> Party:
    """A client with everything that can be kept."""
    site.register(registration("keeper", scope="openid profile offline_access"))
    return Party(site, client_id="keeper")


def everything_given(party: Party) -> dict[str, str]:
    browser = party.browser()
    code = party.code(browser, scope="openid offline_access")
    tokens = party.redeem(code).json()
    newer = party.refresh(tokens["refresh_token"]).json()
    given = {"code": code, "session": browser.session.cookies["sleutelbos_session"]}
    for number, answer in enumerate((tokens, newer)):
        for name in ("access_token", "refresh_token", "id_token"):
            given[f"{name} {number}"] = answer[name]
    return given


def dump(site: Site) -> str:
    with site.database.read() as db:
        schema = MetaData()
        schema.reflect(db)
        return "\n".join(repr(row) for table in schema.sorted_tables for row in db.execute(select(table)))


def test_a9_t42_a_copy_of_the_database_opens_nothing(keeper: Party, site: Site) -> None:
    given = everything_given(keeper)
    found = dump(site)
    assert "keeper" in found
    assert [name for name, value in given.items() if value in found] == []
    assert SECRET not in found


def test_a10_no_log_at_any_level_holds_a_token(
    keeper: Party, site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    given = everything_given(keeper)
    keeper.revoke(given["access_token 1"])
    keeper.introspect(given["refresh_token 1"])
    keeper.userinfo(given["access_token 0"] + "x")
    keeper.refresh(given["refresh_token 0"] + "x")
    site.deliver()
    said = caplog.text + "".join(capfd.readouterr())
    assert "/token" in said
    assert [name for name, value in given.items() if value in said] == []
    assert SECRET not in said


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
def test_rough_edge_16_every_algorithm_signs_every_kind(site: Site, alg: str) -> None:
    names = ("id_token", "userinfo", "introspection", "access_token", "authorization")
    more: dict[str, Any] = {f"{name}_signed_response_alg": alg for name in names}
    site.register(registration("signer", **more))
    party = Party(site, client_id="signer")
    tokens = party.signed_in()
    answer = party.introspect(tokens["access_token"], {"Accept": "application/token-introspection+jwt"})
    signed = [tokens["id_token"], tokens["access_token"], party.userinfo(tokens["access_token"]).text, answer.text]
    assert [read_jwt(text)[0]["alg"] for text in signed] == [alg] * 4


def test_rough_edge_15_tokens_live_for_minutes(party: Party) -> None:
    tokens = party.signed_in()
    assert tokens["expires_in"] == 600
    claims = read_jwt(tokens["id_token"])[1]
    assert claims["exp"] - claims["iat"] == 300


def test_rough_edge_19_an_unknown_device_code_is_an_invalid_grant(site: Site) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    site.register(registration("board", grant_types=[device], redirect_uris=[]))
    answer = Party(site, client_id="board").token(grant_type=device, device_code="dc_unknown")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
