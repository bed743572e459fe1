"""Client authentication at every endpoint that asks for it (RFC 6749 2.3, RFC 7523, OIDC Core 9, RFC 8705)."""

import json
import secrets
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from idp.engine.clients.assertion import TYPE
from idp.engine.clients.registration import rotate_secret
from idp.kernel.clock import now
from tests.certificates import escaped, rfc9440, self_signed
from tests.client_keys import ClientKey
from tests.hosted import Hosted, hosted
from tests.protocol.key_party import KeyParty, key_party
from tests.protocol.party import Party, basic
from tests.site import SECRET, Site, registration, served

MACHINE = {"grant_types": ["client_credentials", "authorization_code"], "scope": "openid profile api"}


@pytest.fixture
def signer(site: Site) -> KeyParty:
    return key_party(site, **MACHINE)


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


def ask(party: Party, headers: dict[str, str] | None = None, **form: str) -> requests.Response:
    """A client_credentials request with exactly these headers and fields."""
    return requests.post(
        party.metadata["token_endpoint"], data={"grant_type": "client_credentials"} | form, headers=headers, timeout=30
    )


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_rfc6749_2_3_1_b24_secrets(site: Site) -> None:
    by_post = {"token_endpoint_auth_method": "client_secret_post"}
    site.register(registration("basic", **MACHINE), registration("post", **MACHINE | by_post))
    party, good = Party(site, "basic"), basic("basic", SECRET)
    in_form = {"client_id": "post", "client_secret": SECRET}
    assert ask(party, {"Authorization": good}).status_code == 200
    assert ask(party, **in_form).status_code == 200
    assert refused(ask(party, {"Authorization": good}, client_secret=SECRET)) == (400, "invalid_request")
    assert refused(ask(party, {"Authorization": basic("post", SECRET)})) == (401, "invalid_client")
    assert refused(ask(party, client_id="basic", client_secret=SECRET)) == (401, "invalid_client")
    wrong = ask(party, {"Authorization": basic("basic", "wrong")})
    assert refused(wrong) == (401, "invalid_client")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic ")


def test_b24_an_unknown_client_takes_as_long_as_a_wrong_secret(site: Site) -> None:
    site.register(registration("basic", **MACHINE))
    party, session = Party(site, "basic"), requests.Session()
    # A machine that is busy with something else may spoil a round; a difference of ours would spoil them all.
    assert any(abs(_difference(party, session)) < 0.002 for _ in range(6))


def _difference(party: Party, session: requests.Session) -> float:
    """Seconds that a wrong secret takes longer than an unknown client: the difference of the medians of 150 each."""
    times: dict[str, list[float]] = {"basic": [], "nobody": []}
    for _ in range(150):
        for client_id, taken in times.items():
            started = time.perf_counter()
            session.post(
                party.metadata["token_endpoint"],
                data={"grant_type": "client_credentials"},
                headers={"Authorization": basic(client_id, "wrong")},
                timeout=10,
            )
            taken.append(time.perf_counter() - started)
    return statistics.median(times["basic"]) - statistics.median(times["nobody"])


def test_rfc7523_3_an_assertion_at_every_endpoint(signer: KeyParty) -> None:
    tokens = signer.post("token_endpoint", {"grant_type": "client_credentials", "scope": "api"})
    assert tokens.status_code == 200, tokens.text
    revoked = signer.post("revocation_endpoint", {"token": tokens.json()["access_token"]})
    assert revoked.status_code == 200
    pushed = signer.post("pushed_authorization_request_endpoint", dict(signer.parameters()))
    assert pushed.status_code == 201


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_oidc_core_9_every_algorithm(site: Site, alg: str) -> None:
    signer = key_party(site, alg=alg, **MACHINE)
    assert ask(signer, **signer.assertion_form()).status_code == 200


def test_b44_t26_what_no_assertion_may_be(signer: KeyParty) -> None:
    """The claims are tried one by one in the unit's own tests; here, that an endpoint refuses them all alike."""
    me, us, at = signer.client_id, signer.site.issuer, int(time.time())
    other = ClientKey.generate()
    wrong = {
        "another key": other.assertion(me, us),
        "another key under our kid": other.assertion(me, us, {"kid": signer.key.kid}),
        "its own key in the header": other.assertion(me, us, {"jwk": other.public}),
        "a key to be fetched": other.assertion(me, us, {"jku": "http://127.0.0.1:9/jwks", "x5u": "http://127.0.0.1:9"}),
        "a kid of 10 kB": signer.key.assertion(me, us, {"kid": "x" * 10_000}),
        "a kid with SQL": other.assertion(me, us, {"kid": "' OR 1=1 --"}),
        "a kid with a path": other.assertion(me, us, {"kid": "../../dev/null"}),
        "alg none": signer.key.assertion(me, us, {"alg": "none"}),
        "HS256": signer.key.assertion(me, us, {"alg": "HS256"}),
        "crit": signer.key.assertion(me, us, {"crit": ["exp"]}),
        "another server": signer.key.assertion(me, "https://evil.example/token"),
        "two servers": signer.key.assertion(me, [us, "https://evil.example"]),
        "another client": signer.key.assertion("demo-publisher", us),
        "nobody": signer.key.assertion("nobody", us),
        "expired": signer.key.assertion(me, us, exp=at - 1),
        "too long": signer.key.assertion(me, us, exp=at + 3600),
        "from the future": signer.key.assertion(me, us, iat=at + 90),
        "no jti": signer.key.assertion(me, us, jti=None),
        "half a character": signer.key.assertion(me, us, jti="\ud800"),
        "nonsense": "a.b.c",
        "1 MB": "a." + "b" * 60_000 + ".c",
    }
    found = {name: refused(ask(signer, **signer.assertion_form(text))) for name, text in wrong.items()}
    assert found == dict.fromkeys(wrong, (401, "invalid_client"))


def test_rfc7521_4_2_the_form_of_it(signer: KeyParty) -> None:
    good = signer.assertion_form()
    assert refused(ask(signer, client_assertion=good["client_assertion"])) == (400, "invalid_request")
    assert refused(ask(signer, **good | {"client_assertion_type": "x"})) == (400, "invalid_request")
    assert refused(ask(signer, client_assertion_type=TYPE)) == (401, "invalid_client")
    assert refused(ask(signer, **good | {"client_id": "demo-publisher"})) == (400, "invalid_request")
    assert refused(ask(signer, {"Authorization": basic(signer.client_id, "x")}, **good)) == (400, "invalid_request")
    assert ask(signer, client_id=signer.client_id, **good).status_code == 200


def test_t26_one_assertion_fifty_times_at_once_is_good_once(signer: KeyParty) -> None:
    form, found = signer.assertion_form(), []
    threads = [threading.Thread(target=lambda: found.append(ask(signer, **form).status_code)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [401] * 49


def test_keys_behind_a_jwks_uri_follow_the_client(site: Site, there: Hosted) -> None:
    """Unknown keys are looked for once a minute, whoever asks however often (T25)."""
    first, second = ClientKey.generate(kid="1"), ClientKey.generate(kid="2")
    address = there.put("/jwks", json.dumps(first.jwks))
    signer = key_party(site, jwks=None, jwks_uri=address, **MACHINE)
    signer.key = first
    assert ask(signer, **signer.assertion_form()).status_code == 200
    there.put("/jwks", json.dumps({"keys": [first.public, second.public]}))
    signer.key = second
    for _ in range(5):
        assert refused(ask(signer, **signer.assertion_form())) == (401, "invalid_client")
    assert there.calls["/jwks"] == 1


def test_no_transaction_waits_for_a_slow_jwks_uri(site: Site, there: Hosted) -> None:
    key = ClientKey.generate()
    address = there.put("/jwks", json.dumps(key.jwks), after_s=1.5)
    slow = key_party(site, jwks=None, jwks_uri=address, **MACHINE)
    site.register(registration("basic", **MACHINE))
    slow.key, answers = key, []
    waiting = threading.Thread(target=lambda: answers.append(ask(slow, **slow.assertion_form()).status_code))
    waiting.start()
    time.sleep(0.2)
    started = time.perf_counter()
    assert ask(slow, {"Authorization": basic("basic", SECRET)}).status_code == 200
    assert time.perf_counter() - started < 1
    waiting.join()
    assert answers == [200]


def test_two_secrets_during_a_change(site: Site) -> None:
    site.register(registration("basic", **MACHINE))
    with site.database.write() as db:
        fresh = rotate_secret(db, "basic", now())
    party = Party(site, "basic")
    assert ask(party, {"Authorization": basic("basic", SECRET)}).status_code == 200
    assert ask(party, {"Authorization": basic("basic", str(fresh))}).status_code == 200
    assert refused(ask(party, {"Authorization": basic("basic", secrets.token_urlsafe())})) == (401, "invalid_client")


@pytest.fixture
def behind_proxy(seeded_url: str, tmp_path: Path) -> Iterator[Site]:
    more: dict[str, Any] = {"trusted_proxies": ["127.0.0.1"], "certificate_header": "Client-Cert"}
    with served(seeded_url, tmp_path, **more) as running:
        yield running


def test_rfc8705_2_certificates_from_a_trusted_proxy(behind_proxy: Site) -> None:
    key = ClientKey.generate()
    by_name = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=app,O=Uitgever,C=NL"}
    by_key = {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": key.jwks}
    entries = [registration("by-name", **MACHINE | by_name), registration("by-key", **MACHINE | by_key)]
    for entry in entries:
        del entry["client_secret"]
    behind_proxy.register(*entries)
    party, certificate = Party(behind_proxy, "by-name"), self_signed(key)
    verified = {"Client-Cert": escaped(certificate), "Client-Cert-Verify": "SUCCESS"}
    assert ask(party, verified, client_id="by-name").status_code == 200
    assert ask(party, {"Client-Cert": rfc9440(certificate)}, client_id="by-key").status_code == 200
    assert refused(ask(party, {"Client-Cert": escaped(certificate)}, client_id="by-name")) == (401, "invalid_client")
    assert refused(ask(party, client_id="by-key")) == (401, "invalid_client")
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(
        party.metadata["token_endpoint_auth_methods_supported"]
    )


def test_rfc8705_a_certificate_that_nobody_hands_over_is_none(site: Site) -> None:
    """Without a proxy the header is what the client wrote itself; the metadata does not offer the methods then."""
    key = ClientKey.generate()
    entry = registration(
        "by-key", **MACHINE | {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": key.jwks}
    )
    del entry["client_secret"]
    site.register(entry)
    party = Party(site, "by-key")
    shown = {"Client-Cert": rfc9440(self_signed(key)), "Client-Cert-Verify": "SUCCESS"}
    assert refused(ask(party, shown, client_id="by-key")) == (401, "invalid_client")
    assert not [name for name in party.metadata["token_endpoint_auth_methods_supported"] if "tls" in name]
