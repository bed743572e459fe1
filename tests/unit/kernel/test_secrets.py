"""Sealed values open only where they belong; a password costs the same whoever asks, and a flood of them is bounded."""

import base64
import string
import threading
from statistics import median
from time import perf_counter

import pytest

from idp.kernel.secrets import BusyError, KeyRing, Passwords, UnsealError, fingerprint, new_id, random_token

PLACE = ("pupil", "pin", "p1")
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


def test_ids_and_tokens_are_long_safe_and_never_the_same() -> None:
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(
        len(identifier) == 20 and set(identifier) <= set(string.ascii_lowercase + string.digits) for identifier in ids
    )
    tokens = {random_token("ln") for _ in range(2000)}
    assert len(tokens) == 2000
    assert all(len(base64.urlsafe_b64decode(token.removeprefix("ln_") + "=")) == 32 for token in tokens)


def test_a_fingerprint_says_nothing_of_the_value_and_is_always_the_same() -> None:
    token = random_token("at")
    assert fingerprint(token) == fingerprint(token) != fingerprint(random_token("at"))
    assert len(fingerprint(token)) == 32
    assert token.encode() not in fingerprint(token)


def test_what_is_sealed_opens_at_its_own_place() -> None:
    ring = KeyRing({"k1": OLD})
    sealed = ring.seal(b"2580", PLACE)
    assert b"2580" not in sealed
    assert ring.unseal(sealed, PLACE) == b"2580"
    assert ring.seal(b"2580", PLACE) != sealed


@pytest.mark.parametrize("elsewhere", [("staff", "pin", "p1"), ("pupil", "picture", "p1"), ("pupil", "pin", "p2")])
def test_a_sealed_value_carried_to_another_place_does_not_open(elsewhere: tuple[str, str, str]) -> None:
    ring = KeyRing({"k1": OLD})
    with pytest.raises(UnsealError):
        ring.unseal(ring.seal(b"2580", PLACE), elsewhere)


def test_no_changed_or_shortened_value_opens() -> None:
    ring = KeyRing({"k1": OLD})
    sealed = ring.seal(b"2580", PLACE)
    for number in range(len(sealed)):
        changed = bytearray(sealed)
        changed[number] ^= 1
        for broken in (bytes(changed), sealed[:number]):
            with pytest.raises(UnsealError):
                ring.unseal(broken, PLACE)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    before = KeyRing({"k1": OLD})
    during = KeyRing({"k2": NEW, "k1": OLD})
    after = KeyRing({"k2": NEW})
    old, new = before.seal(b"old", PLACE), during.seal(b"new", PLACE)
    assert [during.unseal(value, PLACE) for value in (old, new)] == [b"old", b"new"]
    assert after.unseal(new, PLACE) == b"new"
    with pytest.raises(UnsealError, match="no key named 'k1'"):
        after.unseal(old, PLACE)


def test_a_generated_ring_can_be_read_and_is_never_the_same() -> None:
    first, second = KeyRing.generate(), KeyRing.generate()
    assert first != second
    assert KeyRing.parse(first).unseal(KeyRing.parse(first).seal(b"x", PLACE), PLACE) == b"x"


def test_secrets_derived_for_two_purposes_or_from_two_keys_differ() -> None:
    one, two = KeyRing({"k1": OLD}), KeyRing({"k1": NEW})
    assert one.derive("cookies") == KeyRing({"k1": OLD, "k0": NEW}).derive("cookies")
    assert len({one.derive("cookies"), one.derive("csrf"), two.derive("cookies")}) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "name:base64"),
        (base64.b64encode(OLD).decode(), "name:base64"),
        ("k1:" + base64.b64encode(OLD[:16]).decode(), "16 bytes, not 32"),
        ("k1:not base64!", "'k1' is not base64"),
        (f"k1:{base64.b64encode(OLD).decode()},k1:{base64.b64encode(NEW).decode()}", "two keys are named 'k1'"),
        (f"é:{base64.b64encode(OLD).decode()}", "letters and digits"),
        (f"{'k' * 21}:{base64.b64encode(OLD).decode()}", "letters and digits"),
        (f"{base64.b64encode(OLD).decode()}:k1", "before the colon"),
    ],
)
def test_a_bad_ring_is_refused_without_repeating_the_key(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refusal:
        KeyRing.parse(text)
    assert base64.b64encode(OLD).decode()[:20] not in str(refusal.value)


def test_a_ring_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        KeyRing({})


@pytest.mark.parametrize(
    "password", ["correct paard batterij", "  spaces kept  ", "wachtwoord é", "ü" * 128, "😀" * 32]
)
def test_a_password_is_compared_exactly(passwords: Passwords, password: str) -> None:
    stored = passwords.hash(password)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(password, stored)
    assert not passwords.verify(password.swapcase() + ".", stored)
    assert not passwords.verify(password[:-1], stored)
    assert not passwords.verify(f"{password} "[: Passwords.MAX_LENGTH - 1], stored)


def test_a_password_beyond_the_limit_is_refused_before_any_hashing(passwords: Passwords) -> None:
    with pytest.raises(ValueError, match="128"):
        passwords.hash("x" * 129)
    stored = passwords.hash("x" * 128)
    began = perf_counter()
    assert not any(passwords.verify("x" * 1_000_000, stored) for _ in range(200))
    assert perf_counter() - began < 0.5


def test_text_that_cannot_be_encoded_is_a_wrong_password(passwords: Passwords) -> None:
    assert not passwords.verify("\ud800", passwords.hash("goed wachtwoord"))


def test_an_unknown_account_costs_as_much_as_a_known_one(passwords: Passwords) -> None:
    stored = passwords.hash("goed wachtwoord")
    times: dict[str | None, list[float]] = {stored: [], None: []}
    for _ in range(15):
        for account, measured in times.items():
            began = perf_counter()
            assert not passwords.verify("fout wachtwoord", account)
            measured.append(perf_counter() - began)
    known, unknown = median(times[stored]), median(times[None])
    assert 0.5 < unknown / known < 2


def test_nobody_signs_in_with_the_decoy(passwords: Passwords) -> None:
    assert not passwords.verify("", None)
    assert not passwords.verify("anything", "no argon2 string")


def test_a_hash_made_with_other_parameters_is_to_be_made_again(passwords: Passwords) -> None:
    assert not passwords.needs_rehash(passwords.hash("goed wachtwoord"))
    assert passwords.needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43)


def test_a_flood_of_passwords_is_turned_away_and_the_places_come_free_again() -> None:
    narrow = Passwords(at_once=1, waiting=1)
    stored = narrow.hash("goed wachtwoord")
    together = threading.Barrier(12)
    outcomes: list[bool | str] = []

    def attempt() -> None:
        together.wait(30)
        try:
            outcomes.append(narrow.verify("goed wachtwoord", stored))
        except BusyError:
            outcomes.append("busy")

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "busy" in outcomes
    assert outcomes.count(True) >= 2
    assert outcomes.count(True) + outcomes.count("busy") == 12
    for _ in range(3):
        assert narrow.verify("goed wachtwoord", stored)
