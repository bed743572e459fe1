"""The table of checks: what is asked at which endpoint, and what each check lets through."""

import inspect
from typing import Any

import pytest

from idp.engine.requests import checks
from idp.engine.requests.checks import AT, CHECKS
from idp.engine.requests.parameters import Parameters, of
from tests.client_keys import ClientKey
from tests.engine_parts import a_client

GOOD = {
    "client_id": "app",
    "redirect_uri": "https://app.example/cb",
    "response_type": "code",
    "code_challenge": "A" * 43,
    "code_challenge_method": "S256",
}
ESSENTIAL = '{"id_token": {"acr": {"essential": true, "values": ["x"]}}}'
CLIENT = a_client()


def problem(given: Parameters, client: Any = CLIENT, endpoint: str = "authorize") -> str | None:
    """The error of the first check that finds something."""
    return next((found[0] for check in AT[endpoint] if (found := check(given, client)) is not None), None)


def asked(**changes: str) -> Parameters:
    return Parameters({name: value for name, value in (GOOD | changes).items() if value})


def test_every_check_is_in_the_table_once() -> None:
    written = {
        function
        for _, function in inspect.getmembers(checks, inspect.isfunction)
        if function.__module__ == checks.__name__
        and list(inspect.signature(function).parameters) == ["given", "client"]
    }
    assert sorted(row.check.__name__ for row in CHECKS) == sorted(function.__name__ for function in written)


def test_every_check_says_where_it_comes_from() -> None:
    assert [row.check.__name__ for row in CHECKS if not row.check.__doc__] == []


def test_the_two_endpoints_differ_in_two_checks() -> None:
    only = {row.check.__name__ for row in CHECKS if row.authorize != row.par}
    assert only == {"no_reference", "pushed_if_it_must"}


def test_a_good_request_has_no_problem_anywhere() -> None:
    assert problem(asked()) is problem(asked(), endpoint="par") is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"max_age": "1" * 11}, "invalid_request"),
        ({"nonce": "x" * 2049}, "invalid_request"),
        ({"login_hint": "a\x00b"}, "invalid_request"),
        ({"claims": "{" * 5000}, "invalid_request"),
        ({"claims": '{"id_token": [1]}'}, "invalid_request"),
        (
            {"claims": '{"id_token": {"acr": {"essential": true, "values": ["x"]}}}'},
            "unmet_authentication_requirements",
        ),
        ({"resource": "https://api.example/"}, "invalid_target"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "x"}, "request_uri_not_supported"),
        ({"dpop_jkt": "x"}, "invalid_request"),
    ],
)
def test_one_thing_wrong_is_one_problem(changes: dict[str, str], error: str) -> None:
    assert problem(asked(**changes)) == error


def test_a_doubled_name_is_a_problem_but_for_resources() -> None:
    api = "https://api.example/"
    client = a_client(resources=[api, api + "2"])
    assert problem(of([*GOOD.items(), ("state", "a"), ("state", "b")])) == "invalid_request"
    twice = of([*GOOD.items(), ("resource", api), ("resource", api + "2")])
    assert (problem(twice, client), twice.get("resource")) == (None, f"{api} {api}2")


def test_b42_what_a_client_must_do() -> None:
    strict = a_client(profile="fapi2", jwks=ClientKey.generate().jwks, require_signed_request_object=True)
    ways = [Parameters(GOOD, pushed=mark, signed=signed) for mark in (None, b"x") for signed in (False, True)]
    assert [problem(given, strict) for given in ways] == ["invalid_request"] * 3 + [None]
    assert [problem(given, strict, "par") for given in ways[:2]] == ["invalid_request", None]


def test_a_client_without_the_code_grant() -> None:
    client = a_client(grant_types=["client_credentials"])
    assert problem(asked(), client) == "unauthorized_client"
