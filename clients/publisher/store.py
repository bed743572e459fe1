"""What the publishers keep on their side: sign-ins under way, who is signed in, and which logout tokens were seen.

SQLite, a connection per call. A browser is known by its cookie's fingerprint, which is each publisher's own.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORE = "publishers.db"
ATTEMPT_S = 1800
"""How long a sign-in may be under way: a parent looks for the password."""
LOGIN_S = 8 * 3600
"""The longest that a publisher takes its own session for valid (ASVS 7.3.2)."""

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS attempt (
    slug TEXT, browser BLOB, state TEXT, data TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (slug, browser, state)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS login (
    slug TEXT, browser BLOB, sub TEXT NOT NULL, sid TEXT, id_token TEXT, refresh_token TEXT,
    about TEXT, told_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER,
    PRIMARY KEY (slug, browser)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS login_of_sub ON login (slug, sub);
CREATE TABLE IF NOT EXISTS logout_seen (
    slug TEXT, jti TEXT, sid TEXT, expires_at INTEGER NOT NULL, PRIMARY KEY (slug, jti)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Login:
    """A pupil who is signed in to one publisher on one browser; `told_at` in seconds since 1970."""

    sub: str
    sid: str | None
    id_token: str
    refresh_token: str | None
    id_token_claims: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    told_at: int


class Store:
    """The file, readable by its owner alone."""

    def __init__(self, file: Path) -> None:
        """Raises OSError or sqlite3.Error when the file cannot be used."""
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        with self._open() as db:
            db.executescript(_SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction; committed unless it raises."""
        db = sqlite3.connect(self._file, timeout=5)
        try:
            with db:
                yield db
        finally:
            db.close()

    def keep_attempt(self, slug: str, browser: bytes, state: str, data: Mapping[str, Any], now: int) -> None:
        """Remember what a sign-in or sign-out on this browser needs when it comes back."""
        with self._open() as db:
            db.execute("DELETE FROM attempt WHERE expires_at < ?", (now,))
            db.execute(
                "INSERT INTO attempt VALUES (?, ?, ?, ?, ?)", (slug, browser, state, json.dumps(data), now + ATTEMPT_S)
            )

    def take_attempt(self, slug: str, browser: bytes, state: str, now: int) -> dict[str, Any] | None:
        """What was remembered, once. None = not begun on this browser, used already, or too old."""
        with self._open() as db:
            row = db.execute(
                "DELETE FROM attempt WHERE slug = ? AND browser = ? AND state = ? RETURNING data, expires_at",
                (slug, browser, state),
            ).fetchone()
        if row is None or row[1] < now:
            return None
        data: dict[str, Any] = json.loads(row[0])
        return data

    def begin(self, slug: str, browser: bytes, login: Login) -> bool:
        """From now on this browser is signed in to this publisher, as this pupil and no other.

        False = the provider has already ended this very session: its logout call was quicker than our last step.
        """
        about = json.dumps({"id_token": login.id_token_claims, "userinfo": login.userinfo})
        told_at, expires_at = login.told_at, login.told_at + LOGIN_S
        with self._open() as db:
            # The write comes first and locks: no logout call comes between the question and the answer.
            db.execute("DELETE FROM login WHERE expires_at < ?", (told_at,))
            if db.execute("SELECT 1 FROM logout_seen WHERE slug = ? AND sid = ?", (slug, login.sid)).fetchone():
                return False
            db.execute(
                "INSERT OR REPLACE INTO login VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (slug, browser, login.sub, login.sid, login.id_token, login.refresh_token, about, told_at, expires_at),
            )
        return True

    def renew(self, slug: str, browser: bytes, refresh_token: str, userinfo: Mapping[str, Any], now: int) -> None:
        """The provider was asked again, and said this."""
        with self._open() as db:
            db.execute(
                "UPDATE login SET refresh_token = ?, told_at = ?, about = json_set(about, '$.userinfo', json(?))"
                " WHERE slug = ? AND browser = ? AND ended_at IS NULL",
                (refresh_token, now, json.dumps(userinfo), slug, browser),
            )

    def login(self, slug: str, browser: bytes, now: int) -> Login | None:
        """Who is signed in here. None = nobody (any more)."""
        with self._open() as db:
            row = db.execute(
                "SELECT sub, sid, id_token, refresh_token, about, told_at FROM login"
                " WHERE slug = ? AND browser = ? AND ended_at IS NULL AND expires_at > ?",
                (slug, browser, now),
            ).fetchone()
        if row is None:
            return None
        about = json.loads(row[4])
        return Login(row[0], row[1], row[2], row[3], about["id_token"], about["userinfo"], row[5])

    def was_ended(self, slug: str, browser: bytes) -> bool:
        """Did the provider end the sign-in of this browser?"""
        with self._open() as db:
            row = db.execute("SELECT ended_at FROM login WHERE slug = ? AND browser = ?", (slug, browser)).fetchone()
        return row is not None and row[0] is not None

    def forget(self, slug: str, browser: bytes) -> None:
        """Nothing of this browser is left: its sign-in and whatever was under way."""
        with self._open() as db:
            db.execute("DELETE FROM login WHERE slug = ? AND browser = ?", (slug, browser))
            db.execute("DELETE FROM attempt WHERE slug = ? AND browser = ?", (slug, browser))

    def end_all(
        self, slug: str, *, jti: str, sub: str | None, sid: str | None, expires_at: int, now: int
    ) -> int | None:
        """End what a logout token is about: the session `sid`, or every session of `sub` when it names none.

        The number of sign-ins that ended; None = this token was seen before, and nothing happened.
        What was told is wiped; only the fact stays, so that the next page can say it.
        """
        with self._open() as db:
            db.execute("DELETE FROM logout_seen WHERE expires_at < ?", (now,))
            fresh = db.execute(
                "INSERT INTO logout_seen VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (slug, jti, sid, expires_at)
            ).rowcount
            if not fresh:
                return None
            return db.execute(
                "UPDATE login SET ended_at = ?, id_token = NULL, refresh_token = NULL, about = NULL"
                " WHERE slug = ? AND ended_at IS NULL AND (? IS NULL OR sid = ?) AND (? IS NULL OR sub = ?)",
                (now, slug, sid, sid, sub, sub),
            ).rowcount
