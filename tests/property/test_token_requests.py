"""Whatever is sent to the endpoints of tokens and devices, none of them answers 500."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from idp.engine import discovery
from idp.engine.grants import GRANTS
from tests.proofs import ProofKey
from tests.protocol.party import basic
from tests.site import PUBLISHER, SECRET, Site, build, registration, settings_for
from tests.visitor import Visitor

KEY = ProofKey.generate()
EXAMPLES = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
EVERYTHING: dict[str, Any] = {
    "grant_types": list(GRANTS),
    "scope": "openid profile reports offline_access",
    "access_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "ES256",
    "resources": ["https://api.example/"],
}
FIELDS = (
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "device_code", "scope", "resource", "token",
    "token_type_hint", "client_id", "client_secret", "access_token", "acr_values", "max_age",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = build(settings_for(shared_seeded_url, tmp_path_factory.mktemp("fuzz")))
    made.register(registration(), registration("everything", **EVERYTHING))
    yield made
    made.database.engine.dispose()


@pytest.fixture(scope="module")
def values(site: Site) -> list[str]:
    """Living values, so that more than the first check is reached."""
    found = []
    form = {"grant_type": "client_credentials", "scope": "reports"}
    for headers in ({}, {"DPoP": KEY.proof("POST", f"{site.issuer}/token")}):
        found.append(ask(site, "/token", form, headers).get_json()["access_token"])
    told = ask(site, "/device_authorization", {"scope": "openid"}, {}).get_json()
    return [*found, told["device_code"], told["user_code"]]


def ask(site: Site, path: str, form: dict[str, str], headers: dict[str, str], method: str = "POST", **more: Any) -> Any:
    sent = {"Authorization": basic("everything", SECRET)} | headers
    return Client(site.wsgi).open(path, method=method, base_url=site.issuer, data=form, headers=sent, **more)


words = st.text(max_size=60) | st.sampled_from(
    ["", *GRANTS, "openid", "reports", "0", "\x00", "at_", "rt_", "eyJ", PUBLISHER]
)
forms = st.dictionaries(st.sampled_from(FIELDS), words | st.integers(0, 3), max_size=6)
header_words = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)
headers = st.fixed_dictionaries(
    {},
    optional={
        "DPoP": header_words | st.just("good"),
        "Authorization": header_words | st.sampled_from(["Bearer ", "DPoP ", "Basic ", "Bearer x"]),
        "Accept": header_words | st.just("application/token-introspection+jwt"),
        "Origin": header_words | st.just("https://everything.example"),
        "Content-Length": st.just("x"),
    },
)


@EXAMPLES
@given(
    st.sampled_from(["/token", "/introspect", "/revoke", "/device_authorization", "/userinfo", "/session/check"]),
    st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "OPTIONS", "HEAD"]),
    forms, headers, st.text(max_size=40),
)  # fmt: skip
def test_forms_and_headers(
    site: Site, values: list[str], path: str, method: str, form: dict[str, Any], sent: dict[str, str], query: str
) -> None:
    real = {name: values[value] if isinstance(value, int) else value for name, value in form.items()}
    more = dict(sent)
    if more.get("DPoP") == "good":
        more["DPoP"] = KEY.proof(method, site.issuer + path)
    answer = ask(site, path, real, more, method, query_string=query)
    assert answer.status_code < 500, (path, method, form, sent, answer.get_data())
    if answer.status_code >= 400 and answer.data:
        assert answer.get_json()["error"]


@EXAMPLES
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_codes_that_people_type(site: Site, typed: str, asked: str, confirm: str) -> None:
    visitor = Visitor(site.wsgi)
    assert visitor.open("/koppel", query_string={"code": asked}).status == 200
    page = visitor.open("/koppel")
    assert page.submit({"code": typed}).status in (422, 429)
    token = page.select("input[name=csrf_token]")[0].get("value")
    form = {"csrf_token": token, "continue": asked, "confirm": confirm}
    assert visitor.post("/koppel/bevestig", form).status == 400


def test_every_endpoint_of_the_protocol_is_under_some_fuzz() -> None:
    elsewhere = {"/authorize", "/par", "/register", "/logout", "/jwks"}
    here = {"/token", "/introspect", "/revoke", "/device_authorization", "/userinfo", "/session/check"}
    assert set(discovery.PATHS.values()) <= elsewhere | here
