"""What an environment remembers for a while, in memory: a restart forgets it, which is fine for a demo's peer."""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from clients.network.environments import Person

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in on one browser; `auth_time` in seconds since 1970."""

    sid: str
    person: Person
    auth_time: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request, checked."""

    redirect_uri: str
    state: str | None
    nonce: str | None
    code_challenge: str
    scope: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for a person to be picked, on the browser with this fingerprint."""

    asked: Asked
    browser: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    asked: Asked
    session: Session


class Expiring(Generic[Value]):
    """Values under random keys, each good for `life_s` seconds."""

    def __init__(self, life_s: int) -> None:
        self._life_s = life_s
        self._kept: dict[str, tuple[Value, float]] = {}
        self._lock = threading.Lock()

    def put(self, value: Value) -> str:
        """The new key (256 random bits) under which the value is found."""
        key, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._kept = {old: entry for old, entry in self._kept.items() if entry[1] > now}
            self._kept[key] = (value, now + self._life_s)
        return key

    def get(self, key: str | None) -> Value | None:
        """The value; None = unknown or expired."""
        return self._alive(self._kept.get(key or ""))

    def take(self, key: str | None) -> Value | None:
        """The value, once."""
        with self._lock:
            return self._alive(self._kept.pop(key or "", None))

    @staticmethod
    def _alive(entry: tuple[Value, float] | None) -> Value | None:
        return entry[0] if entry is not None and entry[1] > time.monotonic() else None
