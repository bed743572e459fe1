"""Passkeys, with a device made of a few lines: each challenge once, in its browser, for this site, by its holder."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, update
from webauthn.helpers import bytes_to_base64url

from idp.kernel.db import Database
from idp.school import ceremony, factors, passkeys, staff, staff_passwords
from idp.school.ceremony import Here
from idp.school.credentials import Fail
from idp.school.models import Staff
from idp.school.staff import Member
from tests.builders import KEYRING, NOW, a_teacher, queued_mails

HERE = Here("https://inloggen.example", "one browser")
PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40


@dataclass
class Device:
    """Holds one passkey. `flags`: what it says of who holds it."""

    flags: int = PRESENT | VERIFIED
    origin: str = HERE.origin
    counter: int = 0
    identifier: bytes = b"a passkey"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client_data(self, kind: str, options: str) -> bytes:
        asked = {"type": f"webauthn.{kind}", "challenge": json.loads(options)["challenge"], "origin": self.origin}
        return json.dumps(asked).encode()

    def _data(self, flags: int) -> bytes:
        site = hashlib.sha256(self.origin.removeprefix("https://").encode()).digest()
        return site + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _answer(self, **response: bytes) -> str:
        identifier = bytes_to_base64url(self.identifier)
        encoded = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": identifier, "rawId": identifier, "type": "public-key", "response": encoded})

    def make(self, options: str) -> str:
        """navigator.credentials.create"""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.identifier).to_bytes(2, "big") + self.identifier + cbor2.dumps(cose)
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | MADE) + attested}
        return self._answer(clientDataJSON=self._client_data("create", options), attestationObject=cbor2.dumps(made))

    def show(self, options: str) -> str:
        """navigator.credentials.get"""
        client_data, data = self._client_data("get", options), self._data(self.flags)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client_data, authenticatorData=data, signature=signed)


def member_of(db: Connection, staff_id: str) -> Member:
    found = staff.by_id(db, staff_id)
    assert found is not None
    return found


def with_passkey(database: Database, device: Device) -> str:
    with database.write() as db:
        staff_id = a_teacher(db)
        asked = passkeys.ask_to_add(db, HERE, member_of(db, staff_id), NOW)
        codes = passkeys.add(db, KEYRING, HERE, member_of(db, staff_id), device.make(asked), "laptop", NOW)
        assert not isinstance(codes, Fail)
        assert len(codes) == factors.RECOVERY_CODES
    return staff_id


def shown(database: Database, device: Device, *, whose: str | None = None, late: timedelta = timedelta()) -> str | Fail:
    with database.write() as db:
        asked = passkeys.ask_to_show(db, HERE, NOW)
        return passkeys.check(db, HERE, device.show(asked), whose, NOW + late)


def test_a_passkey_alone_says_who_it_is(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    assert shown(database, device) == shown(database, device, whose=staff_id) == staff_id
    with database.read() as db:
        assert [factor.kind for factor in factors.of(db, staff_id)] == ["passkey"]


@pytest.mark.parametrize("change", [{"flags": PRESENT}, {"origin": "https://inloggen.evil"}, {"identifier": b"other"},
                                    {"key": ec.generate_private_key(ec.SECP256R1())}])  # fmt: skip
def test_another_site_key_or_holder_is_refused(database: Database, change: dict[str, int]) -> None:
    device = Device()
    with_passkey(database, device)
    assert shown(database, replace(device, **change)) == Fail("wrong")  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"flags": PRESENT}, {"origin": "https://inloggen.evil"}])
def test_none_is_kept_of_another_site_or_an_unverified_holder(database: Database, change: dict[str, int]) -> None:
    device = replace(Device(), **change)  # type: ignore[arg-type]
    with database.write() as db:
        member = member_of(db, a_teacher(db))
        asked = passkeys.ask_to_add(db, HERE, member, NOW)
        assert passkeys.add(db, KEYRING, HERE, member, device.make(asked), "x", NOW) == Fail("wrong")
        assert not factors.has(db, member.id)


def test_an_answer_counts_once_in_time_and_in_the_browser_that_was_asked(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    with database.write() as db:
        asked = passkeys.ask_to_show(db, HERE, NOW)
        answer = device.show(asked)
        assert passkeys.check(db, replace(HERE, browser="another"), answer, None, NOW) == Fail("wrong")
        assert passkeys.check(db, HERE, answer, None, NOW) == staff_id
        assert passkeys.check(db, HERE, answer, None, NOW) == Fail("wrong")
    assert shown(database, device, late=ceremony.LIFE) == Fail("wrong")


def test_a_challenge_to_add_is_none_to_show_and_for_its_own_member(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    with database.write() as db:
        asked = passkeys.ask_to_add(db, HERE, member_of(db, staff_id), NOW)
        assert passkeys.check(db, HERE, device.show(asked), None, NOW) == Fail("wrong")
        other = member_of(db, a_teacher(db))
        new = Device(identifier=b"new")
        assert passkeys.add(db, KEYRING, HERE, other, new.make(asked), "x", NOW) == Fail("wrong")


def test_a_passkey_belongs_to_one_member(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    with database.write() as db:
        other = member_of(db, a_teacher(db))
        asked = passkeys.ask_to_add(db, HERE, other, NOW)
        assert passkeys.add(db, KEYRING, HERE, other, device.make(asked), "x", NOW) == Fail("wrong")
    assert shown(database, device, whose="somebody else") == Fail("wrong")
    assert shown(database, device) == staff_id


def test_a_counter_that_goes_back_is_a_copy(database: Database) -> None:
    device = Device(counter=5)
    with_passkey(database, device)
    device.counter = 9
    assert isinstance(shown(database, device), str)
    assert shown(database, device) == Fail("wrong")
    device.counter = 8
    assert shown(database, device) == Fail("wrong")


def test_who_left_opens_nothing_with_it(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    with database.write() as db:
        db.execute(update(Staff).where(Staff.id == staff_id).values(ended_at=NOW))
    assert shown(database, device) == Fail("wrong")


def test_v6_4_3_a_forgotten_password_takes_no_factor_away(database: Database) -> None:
    device = Device()
    staff_id = with_passkey(database, device)
    with database.write() as db:
        before = factors.of(db, staff_id)
        staff_passwords.request_reset(db, KEYRING, member_of(db, staff_id).address, "192.0.2.1", NOW)
        (mail,) = queued_mails(db, "reset")
        token = mail["facts"]["path"].rpartition("/")[2]
        assert staff_passwords.reset(db, KEYRING, token, "another hash", NOW) == staff_id
        assert factors.of(db, staff_id) == before
    assert shown(database, device) == staff_id
