"""The way to an upstream and back: OpenID Connect's code flow with PKCE, as its relying party.

The order: `metadata` (a call), `ask` (a row, bound to this browser), and when the answer comes `spend` (the row, by one
statement, before anything else is looked at), then `redeem` (calls). No transaction is open while a call is made.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection, insert, update

from idp.engine.upstream import redeem
from idp.engine.upstream.documents import PAGE_S, Documents, Metadata, Patience
from idp.engine.upstream.model import Failed, Upstream
from idp.engine.upstream.redeem import Attempt, Identity
from idp.engine.upstream.tables import ATTEMPT
from idp.kernel.needed import WhenNeeded
from idp.kernel.secrets import KeyRing, fingerprint, random_token

pkce = WhenNeeded("authlib.oauth2.rfc7636")

LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is passed up: `prompt`, `max_age` in seconds, the acr values of ours that would do, and the language."""

    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr: frozenset[str] = frozenset()
    ui_locales: str | None = None


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Us, at every upstream. `issuer` is our own."""

    issuer: str
    keyring: KeyRing
    documents: Documents

    def callback(self, upstream: Upstream) -> str:
        """Where an upstream sends the browser back to: another address for each, so that none answers for another."""
        return f"{self.issuer}/netwerk/{upstream.slug}/terug"

    def metadata(self, upstream: Upstream, now: datetime, within_s: float = PAGE_S) -> Metadata | Failed:
        """What it publishes; a call, unless that is known."""
        return self.documents.metadata(upstream, now, Patience(within_s))

    def ask(
        self,
        db: Connection,
        upstream: Upstream,
        metadata: Metadata,
        browser: str,
        wish: Wish,
        request_id: str | None,
        now: datetime,
    ) -> str:
        """The address to send this browser to (the value of its binding cookie)."""
        state, nonce, verifier = random_token("st"), random_token("no"), random_token("cv")
        key = fingerprint(state)
        kept = json.dumps({"nonce": nonce, "verifier": verifier, "request": request_id}).encode()
        db.execute(
            insert(ATTEMPT).values(
                fingerprint=key,
                browser=fingerprint(browser),
                slug=upstream.slug,
                sealed=self.keyring.seal(kept, _place(key)),
                created_at=now,
                expires_at=now + LIFE,
            )
        )
        return with_query(
            metadata.authorization_endpoint,
            {
                "response_type": "code",
                "client_id": upstream.client_id,
                "redirect_uri": self.callback(upstream),
                "scope": " ".join(upstream.scope),
                "state": state,
                "nonce": nonce,
                "code_challenge": pkce.create_s256_code_challenge(verifier),
                "code_challenge_method": "S256",
                **_passed_up(upstream, wish),
            },
        )

    def spend(self, db: Connection, slug: str, state: str, browser: str | None, now: datetime) -> Attempt | Failed:
        """The attempt that an answer belongs to, once: not another browser's, not another upstream's, not too old."""
        if not browser or not state or len(state) > 100:
            return Failed("gone")
        key = fingerprint(state)
        row = db.execute(
            update(ATTEMPT)
            .where(
                ATTEMPT.c.fingerprint == key,
                ATTEMPT.c.browser == fingerprint(browser),
                ATTEMPT.c.slug == slug,
                ATTEMPT.c.used_at.is_(None),
                ATTEMPT.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(ATTEMPT.c.sealed, ATTEMPT.c.created_at)
        ).first()
        if row is None:
            return Failed("gone")
        kept = json.loads(self.keyring.unseal(row.sealed, _place(key)))
        return Attempt(kept["nonce"], kept["verifier"], kept["request"], row.created_at)

    def redeem(
        self, upstream: Upstream, attempt: Attempt, answer: Mapping[str, str], now: datetime
    ) -> Identity | Failed:
        """Who the answer is about. Calls the upstream; 5 s in all."""
        return redeem.redeem(self.documents, upstream, self.callback(upstream), attempt, answer, now)


def _place(key: bytes) -> tuple[str, str, str]:
    return "upstream_attempt", "sealed", key.hex()


def with_query(address: str, parameters: Mapping[str, str]) -> str:
    """The address with these parameters behind what it has."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def _passed_up(upstream: Upstream, wish: Wish) -> dict[str, str]:
    acr = " ".join(upstream.upstream_acr(wish.acr))
    max_age = None if wish.max_age is None else str(wish.max_age)
    asked = {"prompt": " ".join(wish.prompt), "max_age": max_age, "acr_values": acr, "ui_locales": wish.ui_locales}
    return {name: value for name, value in asked.items() if value}
