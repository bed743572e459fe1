"""Every answer leaves with iss, in the way that was asked for."""

from urllib.parse import parse_qs, urlsplit

import pytest

from idp.engine import keys
from idp.engine.keys import KeyStore
from idp.engine.requests.authorization import Refusal, ReplyTo
from idp.engine.responses import Answer, Answers, FormPost, Redirect
from idp.kernel.db import Database
from tests.builders import KEYRING
from tests.engine_parts import ISSUER, NOW
from tests.protocol.party import read_jwt

STATE = '"><script>é &+='


@pytest.fixture
def answers(database: Database) -> Answers:
    with database.write() as db:
        keys.ensure(db, KEYRING, NOW)
    return Answers(ISSUER, KeyStore(database, KEYRING))


def reply(mode: str, uri: str = "https://app.example/cb", state: str | None = STATE) -> ReplyTo:
    return ReplyTo(uri, mode, state, "app", "ES256")


def fields(answer: Answer) -> dict[str, str]:
    if isinstance(answer, FormPost):
        return dict(answer.fields)
    parts = urlsplit(answer.location)
    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment, strict_parsing=True).items()}


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_plain_answers(answers: Answers, mode: str) -> None:
    success = fields(answers.success(reply(mode), "the code", NOW))
    assert success == {"code": "the code", "state": STATE, "iss": ISSUER}
    error = fields(answers.error(Refusal(reply(mode, state=None), "access_denied", "no"), NOW))
    assert error == {"error": "access_denied", "error_description": "no", "iss": ISSUER}


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"])
def test_signed_answers(answers: Answers, mode: str) -> None:
    told = fields(answers.success(reply(mode), "the code", NOW))
    assert set(told) == {"response"}
    head, claims = read_jwt(told["response"])
    assert (head["alg"], head["typ"]) == ("ES256", "JWT")
    expires = int(NOW.timestamp()) + 300
    assert claims == {"code": "the code", "state": STATE, "iss": ISSUER, "aud": "app", "exp": expires}


def test_a_query_that_is_there_already_is_kept(answers: Answers) -> None:
    answer = answers.success(reply("query", "https://app.example/cb?a=1"), "c", NOW)
    assert isinstance(answer, Redirect)
    assert answer.location.startswith("https://app.example/cb?a=1&code=c&")


def test_a_form_goes_to_the_redirect_uri(answers: Answers) -> None:
    answer = answers.success(reply("form_post.jwt"), "c", NOW)
    assert isinstance(answer, FormPost)
    assert answer.action == "https://app.example/cb"
