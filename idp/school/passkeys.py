"""Passkeys of staff (Web Authentication, level 3): added, and shown instead of a password and a code.

The passkey's device asks for a fingerprint, a face or its own PIN (user verification), so a passkey alone is two
factors. A challenge is a row: for one browser, for one purpose, for a few minutes, once (ASVS 5.0 V6.7.2).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import Connection, delete, insert, select, update
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.kernel import audit
from idp.kernel.secrets import KeyRing, fingerprint, new_id
from idp.school import factors
from idp.school.credentials import Fail
from idp.school.models import PasskeyChallenge, Staff, StaffFactor
from idp.school.staff import Member

LIFE = timedelta(minutes=5)
"""How long a challenge is good for."""

MAX_ANSWER = 20_000
"""Characters of a browser's answer; a real one has one or two thousand."""


@dataclass(frozen=True, slots=True)
class Here:
    """The site that passkeys are for, and the browser that asks. `browser`: its random cookie."""

    origin: str
    browser: str

    @property
    def rp_id(self) -> str:
        """The issuer's host: a passkey made here works nowhere else (Web Authentication 5.1.2)."""
        return urlsplit(self.origin).hostname or ""


def ask_to_add(db: Connection, here: Here, member: Member, now: datetime) -> str:
    """What `navigator.credentials.create` is to be told, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=here.rp_id,
        rp_name="Sleutelbos",
        user_id=member.id.encode(),
        user_name=member.address,
        user_display_name=member.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=known) for known in _known(db, member.id)],
    )
    _keep(db, here, options.challenge, "add", member.id, now)
    return webauthn.options_to_json(options)


def ask_to_show(db: Connection, here: Here, now: datetime) -> str:
    """What `navigator.credentials.get` is to be told, as JSON: the browser offers every passkey that it has for us."""
    options = webauthn.generate_authentication_options(
        rp_id=here.rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    _keep(db, here, options.challenge, "show", None, now)
    return webauthn.options_to_json(options)


def add(
    db: Connection, keyring: KeyRing, here: Here, member: Member, answer: str, name: str, now: datetime
) -> Sequence[str] | Fail:
    """Keep a new passkey. The recovery codes when it is the first factor, to be shown once."""
    credential, challenge = _read(answer)
    if credential is None or _spend(db, here, challenge, "add", now) != (member.id,):
        return Fail("wrong")
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return Fail("wrong")
    if db.execute(select(StaffFactor.id).where(StaffFactor.credential_id == made.credential_id)).first() is not None:
        return Fail("wrong")
    return factors.add(
        db, keyring, member.id, new_id(), "passkey", made.credential_public_key, name,
        now=now, counter=made.sign_count, credential_id=made.credential_id,
    )  # fmt: skip


def check(db: Connection, here: Here, answer: str, staff_id: str | None, now: datetime) -> str | Fail:
    """The id of the member whose passkey this is, with its user verified. `staff_id`: nobody else's will do."""
    credential, challenge = _read(answer)
    if credential is None or _spend(db, here, challenge, "show", now) is None:
        return Fail("wrong")
    row = _of_credential(db, credential)
    if row is None or staff_id not in (None, row.staff_id):
        return Fail("wrong")
    try:
        shown = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            credential_public_key=row.secret,
            credential_current_sign_count=row.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        audit.record(db, "signin.failed", now=now, thing=f"staff:{row.staff_id}", facts={"way": "passkey"})
        return Fail("wrong")
    # The counter as it was read: of two answers with one counter only one counts (7.2, step 22).
    mine = update(StaffFactor).where(StaffFactor.id == row.id, StaffFactor.counter == row.counter)
    if db.execute(mine.values(counter=shown.new_sign_count, last_used_at=now)).rowcount != 1:
        return Fail("wrong")
    who = f"staff:{row.staff_id}"
    audit.record(db, "signin.factor", now=now, actor=who, thing=who, facts={"way": "passkey"})
    return str(row.staff_id)


def _known(db: Connection, staff_id: str) -> Sequence[bytes]:
    mine = select(StaffFactor.credential_id).where(StaffFactor.staff_id == staff_id, StaffFactor.kind == "passkey")
    return [one for one in db.execute(mine).scalars() if one is not None]


def _of_credential(db: Connection, credential: dict[str, Any]) -> Any:
    """The passkey that this answer names, of somebody in service."""
    try:
        identifier = base64url_to_bytes(str(credential["rawId"]))
    except (KeyError, ValueError):
        return None
    columns = (StaffFactor.id, StaffFactor.staff_id, StaffFactor.secret, StaffFactor.counter)
    named = select(*columns).join(Staff, Staff.id == StaffFactor.staff_id)
    return db.execute(named.where(StaffFactor.credential_id == identifier, Staff.ended_at.is_(None))).first()


def _keep(db: Connection, here: Here, challenge: bytes, purpose: str, staff_id: str | None, now: datetime) -> None:
    db.execute(
        insert(PasskeyChallenge).values(
            fingerprint=fingerprint(challenge.hex()),
            browser=fingerprint(here.browser),
            purpose=purpose,
            staff_id=staff_id,
            expires_at=now + LIFE,
        )
    )


def _spend(db: Connection, here: Here, challenge: bytes, purpose: str, now: datetime) -> tuple[str | None] | None:
    """Whom a challenge of this browser was for, once; None when there is none (any more)."""
    spent = (
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.fingerprint == fingerprint(challenge.hex()),
            PasskeyChallenge.browser == fingerprint(here.browser),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.staff_id)
    )
    row = db.execute(spent).first()
    return None if row is None else (row.staff_id,)


def _read(answer: str) -> tuple[dict[str, Any] | None, bytes]:
    """A browser's answer and the challenge in it; (None, b"") for what is no such answer."""
    try:
        credential = json.loads(answer[:MAX_ANSWER])
        client_data = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, WebAuthnException):
        return None, b""
    return credential, client_data.challenge
