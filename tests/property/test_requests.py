"""Whatever a client or a browser sends, no protocol endpoint answers 500 (SECURITY 4: "no input makes a 500")."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from idp.engine.clients.assertion import TYPE
from idp.engine.clients.initial_access import issue_initial_access_token
from idp.engine.clients.metadata import FIELDS
from idp.engine.requests.parameters import PARAMETERS
from idp.engine.requests.pushed import PREFIX
from idp.kernel.clock import now
from tests.client_keys import ClientKey, b64
from tests.protocol.party import basic
from tests.site import PUBLISHER, SECRET, Site, build, registration, settings_for

KEY = ClientKey.generate(kid="k")
EXAMPLES = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

GOOD = {
    "client_id": PUBLISHER, "redirect_uri": f"https://{PUBLISHER}.example/callback", "response_type": "code",
    "scope": "openid", "code_challenge": "A" * 43, "code_challenge_method": "S256",
}  # fmt: skip

words = st.text(max_size=40) | st.sampled_from(
    ["", "none", "code", "openid", "0", "\x00", "\ud7ff", PREFIX, "[]", "{}"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
some_parameters = st.dictionaries(st.sampled_from(PARAMETERS), words, max_size=8)


@pytest.fixture(scope="module")
def site(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = build(settings_for(shared_seeded_url, tmp_path_factory.mktemp("fuzz")))
    signer = registration("signer", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
    del signer["client_secret"]
    made.register(registration(), signer)
    yield made
    made.database.engine.dispose()


def status(site: Site, method: str, path: str, **more: Any) -> int:
    return Client(site.wsgi).open(path, method=method, base_url=site.issuer, **more).status_code


@EXAMPLES
@given(some_parameters, st.lists(st.tuples(st.sampled_from(PARAMETERS), words), max_size=3))
def test_pushed_requests(site: Site, changes: dict[str, str], doubled: list[tuple[str, str]]) -> None:
    form: dict[str, Any] = {name: [value] for name, value in (GOOD | changes).items()}
    for name, value in doubled:
        form.setdefault(name, []).append(value)
    headers = {"Authorization": basic(PUBLISHER, SECRET)}
    assert status(site, "POST", "/par", data=form, headers=headers) in (201, 400, 401)


@EXAMPLES
@given(some_parameters)
def test_authorization_requests(site: Site, changes: dict[str, str]) -> None:
    assert status(site, "GET", "/authorize", query_string=GOOD | changes) in (200, 303, 400)
    assert status(site, "POST", "/authorize", data=GOOD | changes) in (200, 303, 400)


@EXAMPLES
@given(st.dictionaries(st.sampled_from([*PARAMETERS, "iss", "aud", "exp", "nbf", "iat", "jti"]), anything, max_size=6))
def test_request_objects(site: Site, changes: dict[str, Any]) -> None:
    outer = {"client_id": "signer", "redirect_uri": "https://signer.example/callback"}
    inner = GOOD | outer | {"iss": "signer", "aud": site.issuer} | changes
    query = outer | {"request": KEY.sign(inner)}
    assert status(site, "GET", "/authorize", query_string=query) in (303, 400)
    assert status(site, "POST", "/par", data=query | {"client_assertion_type": TYPE}) in (400, 401)


@EXAMPLES
@given(anything | st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), anything), anything)
def test_client_assertions(site: Site, head: Any, claims: Any) -> None:
    made = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}.{b64(b'x' * 64)}"
    right = claims if isinstance(claims, dict) else {"jti": claims, "exp": claims}
    named = KEY.assertion("signer", site.issuer, None, **{k: v for k, v in right.items() if k not in ("iss", "sub")})
    for text in (made, named):
        form = {"grant_type": "authorization_code", "client_assertion": text, "client_assertion_type": TYPE}
        assert status(site, "POST", "/token", data=form) in (400, 401)


@EXAMPLES
@given(
    st.dictionaries(st.sampled_from([*FIELDS, "sleutelbos", "software_statement", "client_id"]), anything, max_size=6)
)
def test_registrations(site: Site, changes: dict[str, Any]) -> None:
    with site.database.write() as db:
        token = issue_initial_access_token(db, now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"redirect_uris": ["https://app.example/cb"]} | changes)
    assert status(site, "POST", "/register", data=body, headers=headers) in (201, 400)


@EXAMPLES
@given(st.binary(max_size=200), st.sampled_from(["/par", "/token", "/revoke", "/introspect", "/register"]))
def test_bodies_and_headers_of_any_bytes(site: Site, raw: bytes, path: str) -> None:
    header = raw.decode("latin-1").replace("\n", "").replace("\r", "")
    kinds = ("application/x-www-form-urlencoded", "application/json", header)
    for kind in kinds:
        headers = {"Content-Type": kind, "Authorization": header}
        assert status(site, "POST", path, data=raw, headers=headers) in (400, 401, 413), (path, kind)
        headers["Authorization"] = f"Basic {header}"
        assert status(site, "POST", path, data=raw, headers=headers) in (400, 401, 413), (path, kind)
