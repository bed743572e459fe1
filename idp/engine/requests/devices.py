"""A device that cannot show a sign-in page (RFC 8628): it shows a code, and somebody confirms it elsewhere.

`Devices` is the side of the device (`start`) and of the page (`look_up`, `approve`, `deny`); what the device gets
when it asks again stands in `grants.device`.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.ports import Login
from idp.engine.requests import granting
from idp.engine.requests.issue import FAMILY_LIFE
from idp.engine.tables import DEVICE_REQUEST
from idp.engine.tokens.claims import names_of
from idp.engine.tokens.pairwise import sub_for
from idp.kernel.db import insert_into
from idp.kernel.secrets import fingerprint, new_id, random_token

LIFE = timedelta(minutes=10)
INTERVAL_S = 5
"""How long a device waits between two questions; asking sooner adds as much again (RFC 8628 3.5)."""

ALPHABET = "BCDFGHJKMNPQRSTWXZ"
"""Letters that are not mistaken for one another and spell no words (RFC 8628 6.1, without L and V): 33 bits."""

LENGTH = 8

PARAMETER = "device_request"
"""Under this name a pending request says that it is about a device; nothing that a browser sends has it."""

_OPEN = (
    DEVICE_REQUEST.c.grant_id.is_(None),
    DEVICE_REQUEST.c.denied_at.is_(None),
    DEVICE_REQUEST.c.expires_at > bindparam("now"),
)
_FIND = select(DEVICE_REQUEST).where(DEVICE_REQUEST.c.user_code == bindparam("code"), *_OPEN)
_MINE = (DEVICE_REQUEST.c.id == bindparam("request_id"), *_OPEN)
_APPROVE = (
    update(DEVICE_REQUEST).where(*_MINE).values(grant_id=bindparam("grant")).returning(DEVICE_REQUEST.c.client_id)
)
_WAITING = select(DEVICE_REQUEST).where(*_MINE)
_DENY = update(DEVICE_REQUEST).where(*_MINE).values(denied_at=bindparam("now")).returning(DEVICE_REQUEST.c.id)


@dataclass(frozen=True, slots=True)
class Started:
    """What the device is told: a secret of its own, and a code to show (XXXX-XXXX)."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits for a confirmation."""

    id: str
    client: Client
    scope: tuple[str, ...]


class Devices:
    """The devices that wait."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def start(
        self, db: Connection, client: Client, scope: tuple[str, ...], resources: tuple[str, ...], now: datetime
    ) -> Started:
        """A device asks for a code (RFC 8628 3.1)."""
        device_code = random_token("dc")
        while True:
            user_code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
            values = {
                "id": new_id(),
                "device_code": fingerprint(device_code),
                "user_code": fingerprint(user_code),
                "client_id": client.id,
                "scope": " ".join(scope),
                "resources": list(resources),
                "created_at": now,
                "expires_at": now + LIFE,
                "interval_s": INTERVAL_S,
                "poll_after_ms": 0,
                "too_soon": False,
            }
            statement = (
                insert_into(db, DEVICE_REQUEST).values(values).on_conflict_do_nothing().returning(DEVICE_REQUEST.c.id)
            )
            if db.execute(statement).first() is not None:
                return Started(device_code, written(user_code))

    def look_up(self, db: Connection, user_code: str, now: datetime) -> Waiting | None:
        """The device that shows this code, typed in any case and with or without the dash; None = no such device.

        The page takes the limit "device_code" before it asks (RFC 8628 5.1).
        """
        typed = normal(user_code)
        row = db.execute(_FIND, {"code": fingerprint(typed), "now": now}).first() if typed else None
        return self._waiting(db, row)

    def find(self, db: Connection, request_id: str, now: datetime) -> Waiting | None:
        """A device that still waits, by the id that `look_up` gave."""
        return self._waiting(db, db.execute(_WAITING, {"request_id": request_id, "now": now}).first())

    def approve(self, db: Connection, request_id: str, login: Login, allowed: frozenset[str], now: datetime) -> bool:
        """Somebody who is signed in confirms the device; `allowed` are the claims that the contract lets be told.

        False when it was decided before, waited too long, or the sign-in has ended. Tokens live with this sign-in.
        """
        row = db.execute(_WAITING, {"request_id": request_id, "now": now}).first()
        client = self._registry.find(db, row.client_id) if row is not None else None
        if row is None or client is None:
            return False
        scope, grant_id = row.scope.split(), new_id()
        grant = {
            "id": grant_id,
            "client_id": client.id,
            "sub": sub_for(db, client, login.subject),
            "scope": row.scope,
            "told": sorted(names_of(scope, {}) & allowed),
            "offline": "offline_access" in scope,
            "created_at": now,
            "expires_at": now + FAMILY_LIFE,
            "resources": row.resources or None,
        }
        if not granting.write(db, login, grant):
            return False
        approved = db.execute(_APPROVE, {"request_id": request_id, "grant": grant_id, "now": now}).first()
        return approved is not None

    def deny(self, db: Connection, request_id: str, now: datetime) -> bool:
        """Somebody says no; False when it was decided before, or waited too long."""
        return db.execute(_DENY, {"request_id": request_id, "now": now}).first() is not None

    def _waiting(self, db: Connection, row: Row[*tuple[Any, ...]] | None) -> Waiting | None:
        client = self._registry.find(db, row.client_id) if row is not None else None
        return Waiting(row.id, client, tuple(row.scope.split())) if row is not None and client is not None else None


def written(code: str) -> str:
    """A code as it is shown (RFC 8628 6.1)."""
    return f"{code[:4]}-{code[4:]}"


def normal(typed: str) -> str | None:
    """A code as it is kept: eight letters of the alphabet; None = it cannot be one."""
    code = "".join(letter for letter in typed.upper() if letter.isalpha())
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
