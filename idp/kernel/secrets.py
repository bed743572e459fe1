"""Random values, fingerprints, sealed values and passwords.

Four kinds of secret, four treatments: a bearer value is random and only its fingerprint is kept; a PIN is sealed,
because a teacher prints it; a signing key is sealed; a password is hashed with argon2id behind a bounded pool.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Place = tuple[str, str, str]
"""Where a sealed value belongs: (table, column, row id). It opens nowhere else."""

_NONCE_BYTES = 12
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_id() -> str:
    """A row's identifier: 100 random bits as 20 letters and digits; safe in a URL, says nothing about order."""
    bits = int.from_bytes(secrets.token_bytes(13))
    return "".join([_ALPHABET[bits >> at & 31] for at in range(0, 100, 5)])


def random_token(kind: str) -> str:
    """A bearer value of 256 random bits (base64url), with its kind in front: `ac_...`, `at_...`, `rt_...`."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def fingerprint(value: str) -> bytes:
    """The 32 bytes under which a bearer value is kept. Enough for 256-bit values; never for passwords."""
    return hashlib.sha256(value.encode()).digest()


class UnsealError(Exception):
    """The value was sealed for another place, with a key that is not on the ring, or was changed."""


class KeyRing:
    """AES-256-GCM keys by name. The first seals; all open, so a key is replaced by putting a new one in front."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("a key ring needs at least one key")
        for name, key in keys.items():
            _check_name(name)
            if len(key) != 32:
                raise ValueError(f"key {name!r} has {len(key)} bytes, not 32")
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._active = next(iter(keys))
        self._derive_from = keys[self._active]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `name:base64key[,name:base64key...]`, the form of IDP_KEYS. Raises ValueError."""
        keys: dict[str, bytes] = {}
        for part in text.split(","):
            name, colon, encoded = part.strip().partition(":")
            if not colon:
                raise ValueError("write each key as name:base64 of 32 bytes")
            _check_name(name)
            if name in keys:
                raise ValueError(f"two keys are named {name!r}")
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except ValueError as error:
                raise ValueError(f"key {name!r} is not base64") from error
        return cls(keys)

    @staticmethod
    def generate() -> str:
        """A new ring of one key, in the form that `parse` reads."""
        return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Encrypt `plain` so that it opens only at `place`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        name = self._active.encode()
        box = self._keys[self._active].encrypt(nonce, plain, "\x1f".join(place).encode())
        return bytes([len(name)]) + name + nonce + box

    def unseal(self, sealed: bytes, place: Place) -> bytes:
        """The value that `seal` was given. Raises UnsealError."""
        size = 1 + sealed[0] if sealed else 1
        name, rest = sealed[1:size].decode("ascii", "replace"), sealed[size:]
        if name not in self._keys:
            raise UnsealError(f"no key named {name!r} on the ring")
        try:
            nonce, box = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
            return self._keys[name].decrypt(nonce, box, "\x1f".join(place).encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to be a nonce
            raise UnsealError(f"not sealed for {place[0]}.{place[1]}") from error

    def derive(self, purpose: str) -> str:
        """A secret for one purpose (cookie signing), different for each purpose and each active key."""
        return hashlib.blake2b(purpose.encode(), key=self._derive_from, digest_size=32).hexdigest()


def _check_name(name: str) -> None:
    if not (name.isascii() and name.isalnum()) or len(name) > 20:
        # Not repeated: it may be the key itself, on the wrong side of the colon.
        raise ValueError("a key's name is 1 to 20 letters and digits, before the colon")


class BusyError(Exception):
    """More passwords are being checked than the machine can carry; try again in a few seconds (503)."""


class Passwords:
    """argon2id at 19 MiB, t=2, p=1 (OWASP), a bounded number at a time so that a flood cannot take the memory."""

    MAX_LENGTH = 128

    def __init__(self, *, at_once: int = 4, waiting: int = 64) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._slots = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(at_once + waiting)
        self._decoy = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """The argon2id string to store. Raises BusyError, and ValueError for what `verify` would never accept."""
        if len(password) > self.MAX_LENGTH:
            raise ValueError("a password of more than 128 characters")
        with self._slot():
            return self._hasher.hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Does `password` match? Without a stored hash the same work is done, so that time tells nothing."""
        if len(password) > self.MAX_LENGTH:
            return False
        with self._slot():
            try:
                return self._hasher.verify(stored or self._decoy, password) and stored is not None
            except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
                return False

    def needs_rehash(self, stored: str) -> bool:
        """Was it made with older parameters?"""
        return self._hasher.check_needs_rehash(stored)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._queue.acquire(blocking=False):
            raise BusyError
        try:
            with self._slots:
                yield
        finally:
            self._queue.release()
