"""Every protocol endpoint, whatever stands in its parameters, headers and body: no 500 (SECURITY 4).

FUZZ_EXAMPLES says how many requests each endpoint gets; in CI it is 2,000 on SQLite. PostgreSQL, which differs in what
it can keep, gets a quarter of that.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from idp.engine.clients.assertion import TYPE
from idp.engine.clients.initial_access import issue_initial_access_token
from idp.engine.requests.parameters import PARAMETERS
from idp.kernel.clock import now
from tests.client_keys import ClientKey
from tests.proofs import ProofKey
from tests.property.raw_requests import Raw, send
from tests.protocol.party import VERIFIER, basic, challenge_of
from tests.site import PUBLISHER, SECRET, Site, build, registration, settings_for
from tests.visitor import Visitor, sign_in_at_home

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000" if os.environ.get("CI") == "true" else "150"))
KEY, PROOFS = ClientKey.generate(kid="k"), ProofKey.generate()
CALLBACK = f"https://{PUBLISHER}.example/callback"
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")
FORM, SESSION = "application/x-www-form-urlencoded", "sleutelbos_session"
RIGHT = {"CONTENT_TYPE": FORM}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ENDPOINTS: Mapping[str, tuple[str, dict[str, str]]] = {
    "authorize": ("GET", {
        "client_id": PUBLISHER, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid profile",
        "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256", "state": "s",
    }),
    "par": ("POST", {
        "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid",
        "code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256",
    }),
    "token": ("POST", {"grant_type": "client_credentials"}),
    "userinfo": ("GET", {}),
    "introspect": ("POST", {"token": "at_x"}),
    "revoke": ("POST", {"token": "at_x"}),
    "register": ("POST", {"client_name": "App"}),
    "device_authorization": ("POST", {"scope": "openid"}),
    "logout": ("GET", {"client_id": PUBLISHER, "post_logout_redirect_uri": f"https://{PUBLISHER}.example/out"}),
    "session/check": ("GET", {}),
    "jwks": ("GET", {}),
    ".well-known/openid-configuration": ("GET", {}),
    ".well-known/oauth-authorization-server": ("GET", {}),
    ".well-known/oauth-protected-resource": ("GET", {}),
}  # fmt: skip
NAMES = (
    *PARAMETERS, "grant_type", "code", "code_verifier", "refresh_token", "device_code", "client_secret", "username",
    "client_assertion", "client_assertion_type", "token", "token_type_hint", "access_token", "logout_hint", "continue",
    "post_logout_redirect_uri", "redirect_uris", "jwks", "lang",
)  # fmt: skip
ODD = (
    "", "\x00", "\ud800", "%", "%zz", "é", "\u2028", "a" * 3000, "none login", "-1", "9" * 20, "1e309", "[]", "{}",
    '{"userinfo":null}', "[" * 2000, '{"a":' * 900, "\r\nSet-Cookie: x=y", "javascript:alert(1)", "//evil.example",
    "urn:ietf:params:oauth:request_uri:x", "jwt", "form_post.jwt", "offline_access openid", TYPE, "client_credentials",
    "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "https://[::1", "http://a:b@c:99999/", "\ufeff",
)  # fmt: skip
REACHED = {"authorize": 303, "par": 201, "register": 201}
"""How far a request must have come at least once (200 otherwise): else the fuzz stands before a closed door."""


@dataclass(frozen=True, slots=True)
class World:
    """The provider, the cookie of a browser in which a child is signed in, and values that mean something here."""

    site: Site
    cookie: str
    living: tuple[str, ...]
    authorizations: tuple[str, ...]


@pytest.fixture(scope="module")
def world(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    site = build(settings_for(shared_seeded_url, tmp_path_factory.mktemp("fuzz")))
    signer = registration("signer", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
    del signer["client_secret"]
    grants = ["authorization_code", "refresh_token", "client_credentials", DEVICE]
    site.register(registration(grant_types=grants, scope="openid profile offline_access"), signer)
    browser, family = Visitor(site.wsgi), site.people()["homes"][0]
    sign_in_at_home(browser, family, family["children"][0])
    living = _living(site, browser)
    with site.database.write() as db:
        invitation = issue_initial_access_token(db, now())
    schemes = (f"Bearer {living[1]}", f"DPoP {living[1]}", f"Bearer {invitation}", basic(PUBLISHER, SECRET))
    yield World(site, f"{SESSION}={browser.cookie(SESSION)}", living, schemes)
    site.database.engine.dispose()


def _living(site: Site, browser: Visitor) -> tuple[str, ...]:
    """A code; the access, refresh and ID token of another one; a device code."""
    ask = "/authorize?" + urlencode(ENDPOINTS["authorize"][1] | {"scope": "openid profile offline_access"})
    codes = [browser.open(ask).query["code"] for _ in range(2)]
    headers = {"HTTP_AUTHORIZATION": basic(PUBLISHER, SECRET), "CONTENT_TYPE": FORM}

    def post(path: str, **form: str) -> dict[str, str]:
        status, body = send(site.wsgi, Raw("POST", path, "", urlencode(form).encode(), headers))
        assert status == 200, body
        return dict(json.loads(body))

    tokens = post(
        "/token", grant_type="authorization_code", code=codes[0], redirect_uri=CALLBACK, code_verifier=VERIFIER
    )
    told = post("/device_authorization", scope="openid")
    return (codes[1], *(tokens[name] for name in ("access_token", "refresh_token", "id_token")), told["device_code"])


def requests_to(world: World, endpoint: str) -> SearchStrategy[Raw]:
    """A good request to an endpoint of which some parts have gone wild, or none."""
    usual, good = ENDPOINTS[endpoint]
    right, wild = {**RIGHT, "method": usual, **_headers(world, endpoint)}, _wild(world, endpoint)
    values = st.sampled_from((*ODD, *world.living)) | st.text(max_size=30)
    changed = st.dictionaries(st.sampled_from(sorted(good)), values, max_size=2) if good else st.just({})
    added = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=3)

    @st.composite
    def one(draw: st.DrawFn) -> Raw:
        gone = draw(st.sets(st.sampled_from(sorted((*wild, "text"))), max_size=3))
        parts = {name: draw(wild[name]) if name in gone else right.get(name) for name in wild}
        pairs = [*(good | draw(changed)).items(), *draw(added)] if "text" in gone else good.items()
        headers = {name: value for name, value in parts.items() if value is not None and name.isupper()}
        query, body = encoded(pairs), b""
        if parts["method"] not in ("GET", "HEAD"):
            query, body = parts["query"] or "", query.encode()
            if endpoint == "register":
                body = json.dumps({"redirect_uris": ["https://app.example/cb"]} | dict(pairs)).encode()
        return Raw(str(parts["method"]), f"/{endpoint}", query, parts["body"] or body, headers)

    return one()


def _headers(world: World, endpoint: str) -> dict[str, str]:
    """What a good request to this endpoint carries."""
    access = world.living[1]
    if endpoint == "userinfo":
        return {"HTTP_AUTHORIZATION": f"Bearer {access}"}
    if endpoint == "register":
        return {"HTTP_AUTHORIZATION": world.authorizations[2], "CONTENT_TYPE": "application/json"}
    return {"HTTP_AUTHORIZATION": basic(PUBLISHER, SECRET), "HTTP_COOKIE": world.cookie}


def _wild(world: World, endpoint: str) -> dict[str, SearchStrategy[Any]]:
    """What each part of a request may become."""
    values = st.sampled_from((*ODD, *world.living)) | st.text(max_size=30)
    latin = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
    claims = st.fixed_dictionaries({}, optional={name: st.none() | values for name in ("jti", "ath", "nonce", "htu")})
    proof = claims.map(lambda more: PROOFS.proof("POST", f"{world.site.issuer}/{endpoint}", **more))
    kinds = st.sampled_from(("application/json", "text/plain", "multipart/form-data; boundary=b", FORM + "; charset=x"))
    return {
        "method": st.sampled_from(METHODS),
        "query": latin.map(quote) | st.just("a=%zz&a=%ff"),
        "body": st.binary(max_size=80) | st.just(b'{"redirect_uris":["https://app.example/\\ud800"]}'),
        "CONTENT_TYPE": kinds | latin,
        "HTTP_AUTHORIZATION": st.sampled_from(world.authorizations) | latin | latin.map("Basic {}".format),
        "HTTP_DPOP": proof | latin,
        "HTTP_COOKIE": latin,
        "HTTP_ORIGIN": st.sampled_from(("null", "https://evil.example")) | latin,
        "HTTP_ACCEPT": st.just("application/token-introspection+jwt") | latin,
        "HTTP_ACCEPT_LANGUAGE": latin,
        "HTTP_IF_NONE_MATCH": latin,
        "HTTP_X_FORWARDED_FOR": latin,
    }


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Form-encoded; half a surrogate pair becomes bytes that are no UTF-8."""
    return "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_request_makes_a_500(world: World, endpoint: str, backend: str) -> None:
    count = EXAMPLES if backend == "sqlite" else max(EXAMPLES // 4, 20)
    seen: Counter[int] = Counter()

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(requests_to(world, endpoint))
    def one(raw: Raw) -> None:
        status, body = send(world.site.wsgi, raw)
        seen[status] += 1
        assert status < 500, (raw, body)

    one()
    print(endpoint, dict(seen))
    assert seen[REACHED.get(endpoint, 200)], seen
