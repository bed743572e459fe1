"""Keys are rotated while people sign in, and no publisher notices (T45, B37)."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests
from joserfc import jwk, jws

from idp.engine import keys
from idp.engine.keys import JWKS_MAX_AGE, KEPT_AFTER, RELOAD_EVERY
from idp.kernel import clock
from tests.protocol.party import Party, read_jwt
from tests.site import Site
from tests.visitor import Caller

SIGN_INS, THREADS = 200, 4


@dataclass(slots=True)
class Publisher:
    """Keeps the JWKS as long as its max-age says, and checks ID tokens with that copy."""

    address: str
    copy: dict[str, Any] = field(default_factory=dict)
    fetched_at: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def verify(self, token: str) -> str:
        """The kid that signed it. Raises when this copy of the keys does not prove it."""
        with self.lock:
            if self.fetched_at is None or clock.now() - self.fetched_at >= JWKS_MAX_AGE:
                answer = requests.get(self.address, timeout=10)
                assert answer.headers["Cache-Control"] == f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"
                self.copy, self.fetched_at = {key["kid"]: key for key in answer.json()["keys"]}, clock.now()
            kid: str = read_jwt(token)[0]["kid"]
            key = jwk.import_key(self.copy[kid])
        jws.deserialize_compact(token, key, algorithms=["RS256"])
        return kid


def rotate(site: Site) -> datetime:
    with site.database.write() as db:
        return keys.rotate(db, site.keyring, clock.now())


def test_t45_two_hundred_sign_ins_while_keys_are_rotated(party: Party, site: Site) -> None:
    start = clock.now()
    with clock.frozen(start) as move:
        cookies = party.browser().session.cookies
        publisher, kids, failures = Publisher(party.metadata["jwks_uri"]), set(), []
        done = threading.Semaphore(0)

        def sign_in() -> None:
            browser = Caller(site.issuer)
            browser.session.cookies.update(cookies)
            for _ in range(SIGN_INS // THREADS):
                try:
                    kids.add(publisher.verify(party.redeem(party.code(browser)).json()["id_token"]))
                except Exception as failure:
                    failures.append(failure)
                done.release()

        threads = [threading.Thread(target=sign_in) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        takes_over = rotate(site)
        # Between two sign-ins a few seconds go by; the new keys take over somewhere in the middle.
        step = 2 * (takes_over - start) / SIGN_INS
        for number in range(SIGN_INS):
            done.acquire()
            move(start + step * number)
        for thread in threads:
            thread.join()
    assert not failures
    assert len(kids) == 2


def test_b37_the_next_key_is_published_at_once_and_signs_only_when_every_copy_has_it(party: Party, site: Site) -> None:
    start = clock.now() + timedelta(days=10)
    with clock.frozen(start) as move:
        browser = party.browser()

        def signed_by() -> str:
            kid: str = read_jwt(party.redeem(party.code(browser)).json()["id_token"])[0]["kid"]
            return kid

        def published() -> set[str]:
            keys = requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]
            return {key["kid"] for key in keys if key["alg"] == "RS256"}

        before, old = published(), signed_by()
        takes_over = rotate(site)
        move(start + RELOAD_EVERY)
        (new,) = published() - before
        assert signed_by() == old
        move(takes_over)
        assert signed_by() == new
        assert old in published()


def test_t45_what_a_removed_key_signed_is_nobody_s(party: Party, site: Site) -> None:
    start = clock.now() + timedelta(days=20)
    with clock.frozen(start) as move:
        hint = party.signed_in()["id_token"]
        takes_over = rotate(site)
        where = f"{party.metadata['end_session_endpoint']}?id_token_hint={hint}"
        move(takes_over + timedelta(hours=1))
        assert party.browser().open(where).path == "/logout"  # another browser's: a question
        move(takes_over + KEPT_AFTER + timedelta(minutes=1))
        out = f"{where}&post_logout_redirect_uri=https://demo-publisher.example/out"
        page = Caller(site.issuer).open(out)
        assert page.path == "/uitgelogd"
