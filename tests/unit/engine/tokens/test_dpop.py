"""Demonstrating Proof of Possession: RFC 9449 section 4.3, check by check, and what must not crash it (B45)."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from idp.engine.tables import DpopProof
from idp.engine.tokens.dpop import NONCE_S, BadProof, Dpop, normal
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing
from tests.proofs import ProofKey, b64

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = "https://sleutelbos.example"
URL = f"{ISSUER}/token"
RING = KeyRing.parse(KeyRing.generate())
KEY = ProofKey.generate()
DPOP = Dpop.build(ISSUER, RING)

Ask = Callable[..., str | BadProof | None]


@pytest.fixture
def ask(database: Database) -> Ask:
    def asked(proof: str | None, *, method: str = "POST", path: str = "/token", **more: Any) -> str | BadProof | None:
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path}
        if proof is not None:
            environ["HTTP_DPOP"] = proof
        with database.write() as db:
            return DPOP.prove(db, environ, more.pop("now", NOW), **more)

    return asked


def made(key: ProofKey = KEY, **changes: Any) -> str:
    return key.proof(changes.pop("htm", "POST"), changes.pop("htu", URL), **({"iat": AT} | changes))


def refused(answer: str | BadProof | None) -> str:
    assert isinstance(answer, BadProof), answer
    return answer.error


def test_without_a_header_there_is_no_key(ask: Ask) -> None:
    assert ask(None) is None


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "PS256"])
def test_a_good_proof_gives_the_thumbprint_of_its_key(ask: Ask, alg: str) -> None:
    key = ProofKey.generate(alg)
    assert ask(made(key)) == key.jkt


def test_the_token_that_comes_along_is_the_one_it_names(ask: Ask) -> None:
    assert ask(made(token="at_x"), access_token="at_x") == KEY.jkt
    assert refused(ask(made(token="at_y"), access_token="at_x")) == "invalid_dpop_proof"
    assert refused(ask(made(), access_token="at_x")) == "invalid_dpop_proof"


WRONG_HEADS: dict[str, dict[str, Any]] = {
    "typ of another token": {"typ": "JWT"},
    "no typ": {"typ": None},
    "alg none": {"alg": "none"},
    "an alg that we sign with, but proofs are not": {"alg": "RS256"},
    "a symmetric alg": {"alg": "HS256"},
    "alg is a list": {"alg": ["ES256"]},
    "no key": {"jwk": None},
    "a private key": {"jwk": KEY.public | {"d": "AAAA"}},
    "a key that is a text": {"jwk": "key"},
    "a symmetric key": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "a point beside the curve": {"jwk": KEY.public | {"y": KEY.public["x"]}},
    "a coordinate of another length": {"jwk": KEY.public | {"x": "AAAA"}},
    "a critical extension": {"crit": ["b64"], "b64": False},
    "somebody else's key": {"jwk": ProofKey.generate().public},
}


@pytest.mark.parametrize("head", WRONG_HEADS.values(), ids=WRONG_HEADS.keys())
def test_4_3_the_header(ask: Ask, head: dict[str, Any]) -> None:
    assert refused(ask(made(head=head))) == "invalid_dpop_proof"


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another method": {"htm": "GET"},
    "the method in small letters": {"htm": "post"},
    "another path": {"htu": f"{ISSUER}/userinfo"},
    "another host": {"htu": "https://evil.example/token"},
    "another scheme": {"htu": "http://sleutelbos.example/token"},
    "another port": {"htu": "https://sleutelbos.example:444/token"},
    "a user part": {"htu": "https://me@sleutelbos.example/token"},
    "no address": {"htu": "token"},
    "an address that is none": {"htu": "https://[::1/token"},
    "a number for an address": {"htu": 1},
    "too old": {"iat": AT - 61},
    "too far ahead": {"iat": AT + 61},
    "no time": {"iat": None},
    "a text for a time": {"iat": str(AT)},
    "true for a time": {"iat": True},
    "an enormous time": {"iat": 10**400},
    "infinity": {"iat": float("inf")},
    "not a number": {"iat": float("nan")},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a number for a jti": {"jti": 7},
    "half a surrogate pair": {"jti": "\ud800"},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS.keys())
def test_4_3_the_claims(ask: Ask, claims: dict[str, Any]) -> None:
    assert refused(ask(made(**claims))) == "invalid_dpop_proof"


@pytest.mark.parametrize("seconds", [-60, 10, 60])
def test_4_3_a_clock_may_differ_by_a_minute(ask: Ask, seconds: int) -> None:
    assert ask(made(iat=AT + seconds)) == KEY.jkt


@pytest.mark.parametrize(
    "htu",
    ["https://sleutelbos.example:443/token", "HTTPS://Sleutelbos.Example/token", URL + "?a=b", URL + "#c",
     "https://sleutelbos.example/%74oken"],
)  # fmt: skip
def test_4_3_the_address_is_compared_normalised_without_query_and_fragment(ask: Ask, htu: str) -> None:
    assert ask(made(htu=htu)) == KEY.jkt


def test_an_encoded_slash_is_no_slash() -> None:
    assert normal("https://a.example/b%2fc") == "https://a.example/b%2Fc" != normal("https://a.example/b/c")


def test_4_3_two_headers_are_refused(ask: Ask) -> None:
    assert refused(ask(f"{made()},{made()}")) == "invalid_dpop_proof"


def test_11_1_a_proof_is_good_once(ask: Ask) -> None:
    proof = made()
    assert ask(proof) == KEY.jkt
    assert refused(ask(proof)) == "invalid_dpop_proof"


def test_11_1_the_same_jti_of_another_key_is_another_proof(ask: Ask) -> None:
    other = ProofKey.generate()
    assert ask(made(jti="one")) == KEY.jkt
    assert ask(made(other, jti="one")) == other.jkt


def test_11_1_a_proof_that_was_refused_is_not_used_up(ask: Ask) -> None:
    proof = made()
    assert refused(ask(proof, method="GET")) == "invalid_dpop_proof"
    assert ask(proof) == KEY.jkt


def test_11_1_it_is_remembered_for_as_long_as_its_time_is_accepted(ask: Ask, database: Database) -> None:
    ask(made(iat=AT + 60))
    with database.read() as db:
        assert db.execute(select(DpopProof.expires_at)).scalar_one() >= NOW + timedelta(seconds=120)


def test_11_1_fifty_at_once_one_wins(ask: Ask, database: Database) -> None:
    proof, answers = made(), []
    barrier = threading.Barrier(50)

    def use() -> None:
        barrier.wait()
        answers.append(ask(proof))

    threads = [threading.Thread(target=use) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(KEY.jkt) == 1
    assert len(answers) == 50
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(DpopProof)).scalar_one() == 1


def test_8_a_nonce_is_asked_for_and_then_accepted_for_a_while(ask: Ask) -> None:
    assert refused(ask(made(), needs_nonce=True)) == "use_dpop_nonce"
    nonce = DPOP.nonce(NOW)
    assert ask(made(nonce=nonce), needs_nonce=True) == KEY.jkt
    later = NOW + timedelta(seconds=NONCE_S)
    assert ask(made(nonce=nonce, iat=AT + NONCE_S), needs_nonce=True, now=later) == KEY.jkt
    too_late = NOW + timedelta(seconds=2 * NONCE_S)
    assert refused(ask(made(nonce=nonce, iat=AT + 2 * NONCE_S), needs_nonce=True, now=too_late)) == "use_dpop_nonce"


@pytest.mark.parametrize("nonce", ["made up", "", 1, ["x"]])
def test_8_a_nonce_that_is_none_of_ours_is_refused_even_where_none_is_needed(ask: Ask, nonce: Any) -> None:
    assert refused(ask(made(nonce=nonce))) == "use_dpop_nonce"


def test_8_every_process_of_one_provider_knows_the_nonce_and_nobody_else_does() -> None:
    assert Dpop.build(ISSUER, RING).nonce(NOW) == DPOP.nonce(NOW)
    assert Dpop.build(ISSUER, KeyRing.parse(KeyRing.generate())).nonce(NOW) != DPOP.nonce(NOW)


def test_a_proof_of_more_than_8_kb_is_not_read(ask: Ask) -> None:
    assert refused(ask(made(more="x" * 8192))) == "invalid_dpop_proof"


def test_deep_json_is_refused(ask: Ask) -> None:
    deep = b64(b"[" * 3000 + b"]" * 3000)
    head = b64(json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public}).encode())
    assert refused(ask(f"{deep[:4000]}.e30.AA")) == "invalid_dpop_proof"
    assert refused(ask(f"{head}.{deep[:4000]}.AA")) == "invalid_dpop_proof"


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.dictionaries(st.sampled_from(["typ", "alg", "jwk", "crit", "kid"]), JSON, max_size=3),
    claims=JSON | st.dictionaries(st.sampled_from(["jti", "htm", "htu", "iat", "ath", "nonce"]), JSON),
)
def test_signed_nonsense_is_refused(ask: Ask, head: dict[str, Any], claims: Any) -> None:
    whole = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.public} | head
    assert isinstance(ask(KEY.sign(whole, claims)), BadProof)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_unsigned_nonsense_is_refused(ask: Ask, header: str) -> None:
    assert isinstance(ask(header), BadProof)
