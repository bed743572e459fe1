"""Client assertions: each thing wrong is refused, and each assertion is good once."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from idp.engine.clients import assertion
from idp.engine.clients.signed_jwt import SignedJwt, parse
from idp.kernel.db import Database
from tests.client_keys import ClientKey
from tests.engine_parts import ISSUER, a_client

KEY = ClientKey.generate()
TOKEN = ISSUER + "/token"
SIMPLE = a_client(token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
FAPI = a_client(profile="fapi2", jwks=KEY.jwks)


def an_assertion(audience: Any = ISSUER, head: dict[str, Any] | None = None, **changes: Any) -> SignedJwt:
    jwt = parse(KEY.assertion("app", audience, head, **changes))
    assert jwt is not None
    return jwt


def problem(jwt: SignedJwt, client: Any = FAPI) -> str | None:
    return assertion.problem(jwt, client, ISSUER, TOKEN, datetime.now(UTC))


S = partial(timedelta, 0)


def dated(changes: dict[str, Any]) -> dict[str, Any]:
    """Seconds from now, written as timedelta, become moments."""
    now = datetime.now(UTC)
    return {
        name: int((now + value).timestamp()) if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }


def test_a_good_one() -> None:
    jwt = an_assertion()
    assert (assertion.names(jwt), problem(jwt), problem(jwt, SIMPLE)) == ("app", None, None)


@pytest.mark.parametrize("changes", [{"iss": "other"}, {"sub": None}, {"iss": None}, {"sub": 1, "iss": 1}])
def test_it_speaks_for_one_client(changes: dict[str, Any]) -> None:
    assert assertion.names(an_assertion(**changes)) is None


@pytest.mark.parametrize(
    "audience", [TOKEN, ISSUER + "/", ISSUER + "/par", [ISSUER], [ISSUER, "https://evil.example"], None, 1, ""]
)
def test_b44_t26_fapi2_wants_the_issuer_as_a_single_string(audience: Any) -> None:
    assert problem(an_assertion(audience)) == "aud must be the issuer"


@pytest.mark.parametrize("audience", [TOKEN, [ISSUER], [TOKEN]])
def test_simple_clients_may_name_the_token_endpoint(audience: Any) -> None:
    assert problem(an_assertion(audience), SIMPLE) is None


@pytest.mark.parametrize("audience", [[ISSUER, "https://evil.example"], "https://evil.example/token", [], [None]])
def test_t26_simple_clients_may_name_nobody_else(audience: Any) -> None:
    assert problem(an_assertion(audience), SIMPLE) == "aud must be the issuer"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None}, {"exp": S(-300)}, {"exp": S(-1)}, {"exp": S(400)}, {"exp": "soon"}, {"exp": 1e999},
        {"iat": S(61)}, {"nbf": S(61)}, {"nbf": []}, {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 256},
    ],
)  # fmt: skip
def test_b44_b46_times_and_jti(changes: dict[str, Any]) -> None:
    assert problem(an_assertion(**dated(changes))) is not None
    assert problem(an_assertion(**dated(changes)), SIMPLE) is not None


def test_b46_a_clock_that_runs_eight_seconds_ahead() -> None:
    assert problem(an_assertion(**dated({"iat": S(8), "nbf": S(8)}))) is None


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "es256", ""])
def test_b44_no_algorithm_but_ours(alg: str) -> None:
    assert problem(an_assertion(head={"alg": alg}), SIMPLE) is not None


def test_b44_rs256_only_in_profile_simple() -> None:
    jwt = an_assertion(head={"alg": "RS256"})
    assert (problem(jwt, SIMPLE), problem(jwt, FAPI) is None) == (None, False)


def test_the_registered_algorithm_is_the_only_one() -> None:
    client = a_client(
        token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks, token_endpoint_auth_signing_alg="PS256"
    )
    assert problem(an_assertion(), client) is not None


@pytest.mark.parametrize("typ", ["dpop+jwt", "logout+jwt", "at+jwt", "oauth-authz-req+jwt"])
def test_t02_no_other_kind_of_token_passes(typ: str) -> None:
    assert problem(an_assertion(head={"typ": typ})) == "typ is of another kind of token"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", "Client-Authentication+JWT", None])
def test_types_that_pass(typ: str | None) -> None:
    assert problem(an_assertion(head={"typ": typ})) is None


def test_t26_an_assertion_is_good_once(database: Database) -> None:
    first, second = an_assertion(), an_assertion()
    with database.write() as db:
        assert [assertion.spend(db, jwt) for jwt in (first, first, second)] == [True, False, True]


def test_t26_the_same_jti_of_another_client_is_another(database: Database) -> None:
    mine, theirs = an_assertion(jti="1"), an_assertion(jti="1", sub="other", iss="other")
    with database.write() as db:
        assert assertion.spend(db, mine)
        assert assertion.spend(db, theirs)
