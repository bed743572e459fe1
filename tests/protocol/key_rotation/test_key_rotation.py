"""Signing keys change while people sign in: nobody notices (Core 10.1.1)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import requests
from joserfc import jws
from joserfc.jwk import KeySet

from idp.engine import keys
from idp.kernel import clock
from tests.protocol.party import Party
from tests.visitor import Caller


@pytest.mark.slow
def test_t45_two_hundred_sign_ins_while_keys_are_rotated(party: Party) -> None:
    site, kids = party.site, set()

    def rotate() -> datetime:
        with site.database.write() as db:
            return keys.rotate(db, site.keyring, clock.now())

    def sign_in(browser: Caller) -> str:
        answer = party.redeem(party.code(browser))
        assert answer.status_code == 200, answer.text
        published = KeySet.import_key_set(requests.get(party.metadata["jwks_uri"], timeout=10).json())
        verified = jws.deserialize_compact(answer.json()["id_token"], published, algorithms=["RS256"])
        return str(verified.headers()["kid"])

    takes_over = rotate()
    with clock.frozen(takes_over - timedelta(seconds=5)) as move, ThreadPoolExecutor(4) as pool:
        browsers = [party.browser() for _ in range(4)]
        for second in range(10):
            move(takes_over + timedelta(seconds=second - 5))
            if second == 5:
                rotate()
            kids |= set(pool.map(sign_in, browsers * 5))
    assert len(kids) == 2
