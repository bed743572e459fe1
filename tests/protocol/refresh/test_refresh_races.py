"""Fifty at once (B21, T03), and a refresh beside a revocation: whoever comes first, nothing lives afterwards."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import requests
from sqlalchemy import func, select

from idp.engine.tables import REFRESH_TOKEN
from tests.protocol.party import Party
from tests.site import Site

Act = Callable[[], object]


def at_once(*acts: Act) -> list[object]:
    """Do all of it at the same moment; what came of it, in no order."""
    barrier, results = threading.Barrier(len(acts)), []

    def run(act: Act) -> None:
        barrier.wait()
        results.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def answers(*acts: Act) -> list[requests.Response]:
    """Those of the results that are answers of the provider."""
    return [result for result in at_once(*acts) if isinstance(result, requests.Response)]


def test_b21_fifty_refreshes_make_one_branch(party: Party, site: Site) -> None:
    def kept() -> int:
        with site.database.read() as db:
            return int(db.execute(select(func.count()).select_from(REFRESH_TOKEN)).scalar_one())

    first = party.signed_in()
    before = kept()
    given = answers(*[lambda: party.refresh(first["refresh_token"])] * 50)
    assert [answer.status_code for answer in given] == [200] * 50
    assert len({answer.json()["refresh_token"] for answer in given}) == 1
    assert kept() == before + 1


def test_b09_fifty_redemptions_make_one_family_and_the_others_end_it(party: Party) -> None:
    code = party.code(party.browser())
    given = answers(*[lambda: party.redeem(code)] * 50)
    won = [answer.json() for answer in given if answer.status_code == 200]
    assert len(won) == 1
    assert [answer.json()["error"] for answer in given if answer.status_code != 200] == ["invalid_grant"] * 49
    # Forty-nine replays: what the first got is dead (RFC 6749 4.1.2).
    assert party.introspect(won[0]["access_token"]).json() == {"active": False}
    assert party.refresh(won[0]["refresh_token"]).status_code == 400


def dead(party: Party, tokens: dict[str, Any]) -> bool:
    told = [party.introspect(tokens[name]).json() for name in ("access_token", "refresh_token")]
    return told == [{"active": False}] * 2 and party.refresh(tokens["refresh_token"]).status_code == 400


def test_t03_a_refresh_beside_a_revocation_leaves_nothing_alive(party: Party) -> None:
    browser = party.browser()
    for _ in range(20):
        tokens = party.redeem(party.code(browser)).json()
        refresh, revoke = (
            partial(party.refresh, tokens["refresh_token"]),
            partial(party.revoke, tokens["refresh_token"]),
        )
        given = [answer.json() for answer in answers(*[refresh] * 5, revoke) if answer.content and answer.ok]
        assert all(dead(party, one) for one in [tokens, *given])


def test_t03_a_refresh_beside_a_sign_out_leaves_nothing_alive(party: Party) -> None:
    for _ in range(4):
        browser = party.browser()
        tokens = party.redeem(party.code(browser)).json()
        refresh, page = partial(party.refresh, tokens["refresh_token"]), browser.open("/portaal")
        sign_out = partial(page.submit, form="/uitloggen")
        given = [answer.json() for answer in answers(*[refresh] * 5, sign_out) if answer.ok]
        assert all(dead(party, one) for one in [tokens, *given])


def test_t03_a_redemption_beside_a_sign_out_leaves_nothing_alive(party: Party) -> None:
    for _ in range(4):
        browser = party.browser()
        redeem, page = partial(party.redeem, party.code(browser)), browser.open("/portaal")
        sign_out = partial(page.submit, form="/uitloggen")
        given = [answer.json() for answer in answers(redeem, sign_out) if answer.ok]
        assert all(dead(party, one) for one in given)
