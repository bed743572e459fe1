"""Who is refused a lot fills no database, and every code that was shown is found (OWASP ASVS 5.0 V6.1.1)."""

import pytest
import requests
from sqlalchemy import func, select

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.throttle import LIMITS, Limit
from tests.protocol.party import Party
from tests.site import PUBLISHER, SECRET, Site

FEW = 5


@pytest.fixture
def site(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A provider that nobody used, which writes few refusals of one place down."""
    known = LIMITS["refusal_source"]
    monkeypatch.setitem(LIMITS, "refusal_source", Limit(FEW, known.window, known.lock))
    return fresh_site


def refused(site: Site) -> int:
    with site.database.read() as db:
        return db.execute(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.act.like("%refus%"))
        ).scalar_one()


def act(site: Site, code: str) -> str:
    with site.database.read() as db:
        found = audit.find(db, code)
    assert found is not None
    return found.act


@pytest.mark.parametrize("endpoint", ["userinfo_endpoint", "token_endpoint", "introspection_endpoint"])
def test_an_anonymous_flood_is_written_down_once(site: Site, party: Party, endpoint: str) -> None:
    with requests.Session() as caller:
        answers = [caller.post(party.metadata[endpoint], data={"token": "x"}, timeout=10) for _ in range(60)]
    codes = [answer.headers["X-Support-Code"] for answer in answers]
    assert {answer.status_code for answer in answers} <= {400, 401}
    assert refused(site) == FEW + 1
    assert [act(site, code) for code in codes] == ["protocol.refused"] * FEW + ["refusals.many"] * (60 - FEW)


def test_whoever_is_let_in_notices_nothing_of_a_flood(site: Site, party: Party) -> None:
    for _ in range(FEW + 2):
        requests.get(party.metadata["userinfo_endpoint"], timeout=10)
    token = party.signed_in()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    assert requests.get(party.metadata["userinfo_endpoint"], headers=header, timeout=10).status_code == 200


def test_a_publisher_is_let_in_whoever_tries_its_secret_beside_it(site: Site, party: Party) -> None:
    token = party.signed_in()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    tries = [
        requests.post(party.metadata["token_endpoint"], form, auth=(PUBLISHER, "wrong"), timeout=10) for _ in "1" * 9
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in tries] == [(401, "invalid_client")] * 9
    assert (
        requests.post(party.metadata["token_endpoint"], form, auth=(PUBLISHER, SECRET), timeout=10).status_code == 200
    )


def test_a_flood_of_pages_that_are_not_there_is_written_down_once(site: Site) -> None:
    with requests.Session() as visitor:
        answers = [visitor.get(f"{site.issuer}/niets/{number}", timeout=10) for number in range(30)]
    codes = [answer.headers["X-Support-Code"] for answer in answers]
    with site.database.read() as db:
        pages = db.execute(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.act.like("page.%"))
        ).scalar_one()
    assert (pages, refused(site)) == (FEW, 1)
    assert all(code in answer.text for code, answer in zip(codes, answers, strict=True))
    assert act(site, codes[-1]) == "refusals.many"
