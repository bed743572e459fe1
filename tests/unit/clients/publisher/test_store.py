"""What a publisher keeps of its sign-ins, and how they end."""

from pathlib import Path

import pytest

from clients.publisher.store import ATTEMPT_S, LOGIN_S, Login, Store

NOW = 1_800_000_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "folder" / "publishers.db")


def _login(sub: str = "p.noor", sid: str | None = "s.1", refresh_token: str | None = None) -> Login:
    return Login(
        sub, sid, "id.to.ken", refresh_token, {"sub": sub, "sid": sid}, {"sub": sub, "given_name": "Noor"}, NOW
    )


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    Store(tmp_path / "folder" / "publishers.db")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "folder").iterdir()} == {0o600}


def test_an_attempt_comes_back_once_on_its_own_browser_at_its_own_publisher(store: Store) -> None:
    store.keep_attempt("blink", b"browser", "state", {"nonce": "n"}, NOW)
    assert store.take_attempt("blink", b"other", "state", NOW) is None
    assert store.take_attempt("malmberg", b"browser", "state", NOW) is None
    assert store.take_attempt("blink", b"browser", "other", NOW) is None
    assert store.take_attempt("blink", b"browser", "state", NOW) == {"nonce": "n"}
    assert store.take_attempt("blink", b"browser", "state", NOW) is None


def test_an_attempt_gets_too_old(store: Store) -> None:
    store.keep_attempt("blink", b"browser", "state", {}, NOW)
    assert store.take_attempt("blink", b"browser", "state", NOW + ATTEMPT_S + 1) is None


def test_a_sign_in_is_found_until_it_is_too_old(store: Store) -> None:
    assert store.begin("blink", b"browser", _login())
    assert store.login("blink", b"browser", NOW) == _login()
    assert store.login("blink", b"other", NOW) is None
    assert store.login("malmberg", b"browser", NOW) is None
    assert store.login("blink", b"browser", NOW + LOGIN_S) is None
    assert not store.was_ended("blink", b"browser")


def test_it_is_asked_again_with_the_next_refresh_token(store: Store) -> None:
    store.begin("blink", b"browser", _login(refresh_token="one"))
    store.renew("blink", b"browser", "two", {"sub": "p.noor", "given_name": "Noortje"}, NOW + 60)
    found = store.login("blink", b"browser", NOW + 60)
    assert found is not None
    assert (found.refresh_token, found.told_at) == ("two", NOW + 60)
    assert found.userinfo == {"sub": "p.noor", "given_name": "Noortje"}
    assert found.id_token_claims == {"sub": "p.noor", "sid": "s.1"}


def _end(store: Store, jti: str = "once", *, sub: str | None = None, sid: str | None = None) -> int | None:
    return store.end_all("blink", jti=jti, sub=sub, sid=sid, expires_at=NOW + 180, now=NOW)


def test_a_logout_of_a_session_ends_that_session_alone(store: Store) -> None:
    store.begin("blink", b"one", _login(sid="s.1"))
    store.begin("blink", b"two", _login(sid="s.2"))
    store.begin("malmberg", b"three", _login(sid="s.1"))
    assert _end(store, sub="p.noor", sid="s.1") == 1
    assert store.login("blink", b"one", NOW) is None
    assert store.was_ended("blink", b"one")
    assert store.login("blink", b"two", NOW) is not None
    assert store.login("malmberg", b"three", NOW) is not None


def test_a_logout_of_a_pupil_ends_every_session_of_that_pupil(store: Store) -> None:
    store.begin("blink", b"one", _login(sid="s.1"))
    store.begin("blink", b"two", _login(sid="s.2"))
    store.begin("blink", b"three", _login(sub="p.sem", sid="s.3"))
    assert _end(store, sub="p.noor") == 2
    assert store.login("blink", b"three", NOW) is not None


def test_a_session_of_somebody_else_is_not_ended(store: Store) -> None:
    store.begin("blink", b"one", _login(sub="p.noor", sid="s.1"))
    assert _end(store, sub="p.sem", sid="s.1") == 0
    assert store.login("blink", b"one", NOW) is not None


def test_the_same_token_twice_is_told_apart(store: Store) -> None:
    assert _end(store, sid="s.1") == 0
    assert _end(store, sid="s.1") is None
    assert _end(store, jti="another", sid="s.1") == 0


def test_nothing_that_was_told_is_left_after_the_end(store: Store, tmp_path: Path) -> None:
    store.begin("blink", b"one", _login(refresh_token="refresh-me"))
    _end(store, sid="s.1")
    store.renew("blink", b"one", "again", {"given_name": "Noor"}, NOW)
    assert store.login("blink", b"one", NOW) is None
    store.forget("blink", b"one")
    assert not store.was_ended("blink", b"one")


def test_a_sign_in_that_was_ended_before_it_was_finished_does_not_begin(store: Store) -> None:
    _end(store, sub="p.noor", sid="s.1")
    assert not store.begin("blink", b"one", _login(sid="s.1"))
    assert store.begin("blink", b"two", _login(sid="s.2"))
    assert store.login("blink", b"one", NOW) is None
