"""Signed request objects (RFC 9101, OIDC Core 6), tests named by section."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.client_keys import ClientKey, unsigned
from tests.hosted import Hosted, hosted
from tests.protocol.key_party import KeyParty, key_party
from tests.protocol.party import Party, answer_of
from tests.protocol.pushing import push
from tests.site import Site
from tests.visitor import Caller, sign_in_at_home

OTHER = ClientKey.generate()


@pytest.fixture
def signer(site: Site) -> KeyParty:
    return key_party(site)


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


def error_of(party: KeyParty, text: str, **outer: str) -> str:
    """The error of a request object, sent by a browser that nobody signed in."""
    page = Caller(party.site.issuer).open(party.by_value(text, **{"redirect_uri": party.redirect_uri} | outer))
    return answer_of(page)["error"]


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_4_a_request_in_an_object(site: Site, alg: str) -> None:
    signer = key_party(site, alg=alg)
    came_back = answer_of(signer.browser().open(signer.by_value(signer.signed(state="inside"))))
    assert came_back["state"] == "inside"
    assert signer.redeem(came_back["code"]).status_code == 200


def test_5_what_stands_outside_is_not_read(signer: KeyParty) -> None:
    """State, scope and redirect URI of the query belong to nobody."""
    url = signer.by_value(
        signer.signed(state=None), state="outside", scope="openid eck_id", redirect_uri="https://evil.example/"
    )
    page = signer.browser().open(url)
    assert page.url.startswith(signer.redirect_uri)
    assert "state" not in answer_of(page)


def test_oidc_core_6_1_what_must_be_the_same_on_both_sides(signer: KeyParty) -> None:
    assert error_of(signer, signer.signed(), response_type="token") == "invalid_request_object"
    assert "code" in answer_of(signer.browser().open(signer.by_value(signer.signed(), response_type="code")))


@pytest.mark.parametrize("typ", ["JWT", "oauth-authz-req+jwt", "OautH-auThZ-REQ+jWt", None])
def test_10_8_the_type_is_a_media_type_in_whatever_case(signer: KeyParty, typ: str | None) -> None:
    signed = signer.signed(head={"typ": typ})
    assert "code" in answer_of(signer.browser().open(signer.by_value(signed)))


def test_6_claims_have_the_types_of_json(signer: KeyParty) -> None:
    claims = {"id_token": {"given_name": None}}
    text = signer.signed(max_age=10_000, claims=claims, prompt="login")
    assert signer.browser().open(signer.by_value(text)).path.startswith("/thuis")
    text = signer.signed(max_age=10_000, claims=claims)
    tokens = signer.redeem(answer_of(signer.browser().open(signer.by_value(text)))["code"]).json()
    assert tokens["id_token"]


def test_what_an_object_may_not_be(signer: KeyParty) -> None:
    now, good = int(time.time()), dict(signer.parameters())
    wrong: dict[str, str] = {
        "no JWT": "x.y.z",
        "no JWT at all": "nonsense",
        "alg none (A6)": unsigned(good | {"iss": signer.client_id, "aud": signer.site.issuer}),
        "alg none in another case": signer.signed(head={"alg": "nOnE"}),
        "HS256 (L1)": signer.signed(head={"alg": "HS256"}),
        "crit": signer.signed(head={"crit": ["x"]}),
        "another client's key": OTHER.request_object(signer.client_id, signer.site.issuer, good),
        "another client's key under our kid": OTHER.request_object(
            signer.client_id, signer.site.issuer, good, head={"kid": signer.key.kid}
        ),
        "a key in its own header (L2)": OTHER.request_object(
            signer.client_id, signer.site.issuer, good, head={"jwk": OTHER.public}
        ),
        "another kind of token (T02)": signer.signed(head={"typ": "dpop+jwt"}),
        "another audience": signer.signed(aud="https://evil.example"),
        "another issuer": signer.signed(iss="demo-publisher"),
        "another client": signer.signed(client_id="demo-publisher"),
        "expired": signer.signed(exp=now - 1),
        "from the future": signer.signed(nbf=now + 61),
        "a time that is none": signer.signed(exp="tomorrow"),
        "request inside": signer.signed(request="x"),
        "request_uri inside": signer.signed(request_uri="urn:ietf:params:oauth:request_uri:x"),
        "a state that is no text": signer.signed(state=["x"]),
        "a state that is true": signer.signed(state=True),
        "claims that are a list": signer.signed(claims=["x"]),
    }
    found = {name: error_of(signer, text) for name, text in wrong.items()}
    assert found == dict.fromkeys(wrong, "invalid_request_object")


def test_what_is_wrong_inside_is_wrong_as_everywhere(signer: KeyParty) -> None:
    assert error_of(signer, signer.signed(code_challenge_method="plain")) == "invalid_request"
    assert error_of(signer, signer.signed(code_challenge=None)) == "invalid_request"
    assert error_of(signer, signer.signed(response_type="token")) == "unsupported_response_type"
    page = Caller(signer.site.issuer).open(signer.by_value(signer.signed(redirect_uri="https://evil.example/")))
    assert (page.status, page.path) == (400, "/authorize")


def test_an_error_without_a_safe_address_stays_here(signer: KeyParty) -> None:
    page = Caller(signer.site.issuer).open(signer.by_value("x.y.z"))
    assert (page.status, page.path) == (400, "/authorize")
    page = Caller(signer.site.issuer).open(signer.by_value("x.y.z", redirect_uri="https://evil.example/"))
    assert (page.status, page.path) == (400, "/authorize")


def test_b31_a_client_without_keys_may_not_use_it(party: Party) -> None:
    text = OTHER.request_object(party.client_id, party.site.issuer, dict(party.parameters()))
    page = Caller(party.site.issuer).open(party.authorize_url(request=text))
    assert answer_of(page)["error"] == "request_not_supported"


def test_b31_a_reference_that_was_not_registered_is_not_fetched(signer: KeyParty, there: Hosted) -> None:
    url = there.put("/object", signer.signed())
    page = Caller(signer.site.issuer).open(signer.authorize_url(request_uri=url))
    assert answer_of(page)["error"] == "request_uri_not_supported"
    assert there.calls["/object"] == 0


def test_oidc_core_6_both_at_once(signer: KeyParty) -> None:
    url = signer.authorize_url(request=signer.signed(), request_uri="https://key-publisher.example/o")
    assert answer_of(Caller(signer.site.issuer).open(url))["error"] == "invalid_request"


def test_10_5_a_client_that_must_sign_may_do_nothing_else(site: Site) -> None:
    signer = key_party(site, require_signed_request_object=True)
    browser = signer.browser()
    assert answer_of(browser.open(signer.authorize_url()))["error"] == "invalid_request"
    assert push(signer).json()["error"] == "invalid_request"
    assert "code" in answer_of(browser.open(signer.by_value(signer.signed())))
    assert push(signer, request=signer.signed()).status_code == 201


def test_the_registered_algorithm_is_the_only_one(site: Site) -> None:
    signer = key_party(site, alg="PS256", request_object_signing_alg="RS256")
    assert error_of(signer, signer.signed()) == "invalid_request_object"


def test_5_2_by_reference_where_it_was_registered(site: Site, there: Hosted) -> None:
    """Fetched once, however long the sign-in takes; the fragment is part of the name, and not of the address."""
    address = f"{there.base}/object#c2hhLTI1Ng"
    signer = key_party(site, request_uris=[address])
    there.put("/object", signer.signed(state="by reference"))
    query = urlencode({"client_id": signer.client_id, "request_uri": address})
    browser, family = Caller(site.issuer), site.people()["homes"][0]
    step = browser.open(f"{signer.metadata['authorization_endpoint']}?{query}")
    there.put("/object", "gone", 404)
    page = sign_in_at_home(browser, family, family["children"][0], start=step.url)
    assert answer_of(page)["state"] == "by reference"
    assert there.calls["/object"] == 1


def test_t25_what_a_reference_may_lead_to(site: Site, there: Hosted) -> None:
    names = ["/missing", "/broken", "/redirect", "/large", "/binary"]
    signer = key_party(site, request_uris=[there.base + name for name in names])
    there.put("/broken", "x", 500)
    there.redirect("/redirect", there.put("/elsewhere", signer.signed()))
    there.put("/large", "x" * 70_000)
    there.put("/binary", b"\xff\x00")
    for name in names:
        url = signer.authorize_url(request_uri=there.base + name)
        assert answer_of(Caller(site.issuer).open(url))["error"] == "invalid_request_uri", name
    assert there.calls["/elsewhere"] == 0


def test_t25_a_slow_publisher_does_not_take_every_thread(site: Site, there: Hosted) -> None:
    signer = key_party(site, request_uris=[there.base + "/slow"])
    there.put("/slow", signer.signed(prompt="none"), after_s=1.5)
    url, found = signer.authorize_url(request_uri=there.base + "/slow"), []
    ask = lambda: found.append(answer_of(Caller(site.issuer).open(url)).get("error"))  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == ["login_required"] * 4 + ["temporarily_unavailable"] * 4


def test_an_object_by_post(signer: KeyParty) -> None:
    form = {"client_id": signer.client_id, "request": signer.signed(state="posted")}
    page = signer.browser().post(signer.metadata["authorization_endpoint"], form)
    assert answer_of(page)["state"] == "posted"


def test_a_waiting_request_keeps_that_it_was_signed(site: Site) -> None:
    signer = key_party(site, require_signed_request_object=True)
    browser, family = Caller(site.issuer), site.people()["homes"][0]
    step = browser.open(signer.by_value(signer.signed(state="kept")))
    page = sign_in_at_home(browser, family, family["children"][0], start=step.url)
    came_back = answer_of(page)
    assert (came_back["state"], "code" in came_back) == ("kept", True)


def test_what_the_metadata_says_of_it(party: Party) -> None:
    told: dict[str, Any] = party.metadata
    assert told["request_parameter_supported"] is told["request_uri_parameter_supported"] is True
    assert told["require_request_uri_registration"] is True
    assert "none" not in told["request_object_signing_alg_values_supported"]
    assert not [alg for alg in told["request_object_signing_alg_values_supported"] if alg.startswith("HS")]
    assert json.dumps(told)
