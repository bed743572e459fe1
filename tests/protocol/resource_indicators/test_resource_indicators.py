"""Resource indicators (RFC 8707), tests named by section."""

from typing import Any

import pytest
import requests
from sqlalchemy import select

from idp.engine.tables import GRANT
from tests.protocol.key_party import key_party
from tests.protocol.party import Party, answer_of
from tests.protocol.pushing import address, pushed
from tests.site import Site, registration
from tests.visitor import Caller

READ, WRITE, OTHER = "https://api.example/read", "https://api.example/write", "https://other.example/"


@pytest.fixture
def asker(site: Site) -> Party:
    site.register(
        registration("asker", resources=[READ, WRITE], grant_types=["authorization_code", "client_credentials"])
    )
    return Party(site, "asker")


def granted(site: Site) -> Any:
    with site.database.read() as db:
        return db.execute(select(GRANT.c.resources).order_by(GRANT.c.created_at.desc())).scalars().first()


def test_2_1_the_resource_is_kept_with_the_grant(asker: Party) -> None:
    assert "code" in answer_of(asker.browser().open(asker.authorize_url(resource=READ)))
    assert granted(asker.site) == [READ]


def test_2_1_it_may_be_named_more_than_once(asker: Party) -> None:
    url = f"{asker.authorize_url(resource=READ)}&resource={WRITE}&resource={READ}"
    assert "code" in answer_of(asker.browser().open(url))
    assert granted(asker.site) == [READ, WRITE]


def test_2_1_none_is_none(asker: Party) -> None:
    assert "code" in answer_of(asker.browser().open(asker.authorize_url()))
    assert granted(asker.site) is None


@pytest.mark.parametrize("wrong", [OTHER, "nonsense", READ + "#x", READ + "/", f"{READ} {OTHER}", "é\u2028"])
def test_2_1_a_resource_that_is_not_the_clients(asker: Party, wrong: str) -> None:
    page = Caller(asker.site.issuer).open(asker.authorize_url(resource=wrong))
    assert answer_of(page)["error"] == "invalid_target"


def test_2_1_one_that_is_and_one_that_is_not(asker: Party) -> None:
    page = Caller(asker.site.issuer).open(f"{asker.authorize_url(resource=READ)}&resource={OTHER}")
    assert answer_of(page)["error"] == "invalid_target"


def test_2_1_pushed_as_often_as_it_stands_there(asker: Party) -> None:
    uri = pushed(asker, resource=[READ, WRITE])
    assert "code" in answer_of(asker.browser().open(address(asker, uri)))
    assert granted(asker.site) == [READ, WRITE]


def test_in_a_request_object_it_is_a_text_or_a_list(site: Site) -> None:
    signer = key_party(site, resources=[READ, WRITE])
    browser = signer.browser()
    for value, kept in ((READ, [READ]), ([WRITE, READ], [WRITE, READ])):
        assert "code" in answer_of(browser.open(signer.by_value(signer.signed(resource=value))))
        assert granted(site) == kept


def test_b04_nothing_else_may_be_named_twice(asker: Party) -> None:
    form = [("grant_type", "client_credentials"), ("scope", "a"), ("scope", "b")]
    answer = requests.post(asker.metadata["token_endpoint"], data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
