"""What passes between a browser and us when a passkey is made or shown (Web Authentication, level 3).

A challenge is a row: for one browser, for one purpose, for a few minutes, once (ASVS 5.0 V6.7.2). Whose passkeys there
are is for `passkeys` (staff) and `home_passkeys` to know.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert

from idp.kernel.needed import WhenNeeded
from idp.kernel.secrets import fingerprint
from idp.school.models import PasskeyChallenge

if TYPE_CHECKING:
    from webauthn.registration.verify_registration_response import VerifiedRegistration

webauthn, helpers = WhenNeeded("webauthn"), WhenNeeded("webauthn.helpers")
structs, exceptions = WhenNeeded("webauthn.helpers.structs"), WhenNeeded("webauthn.helpers.exceptions")

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


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a passkey is made for: an id, and the two names that their device shows them."""

    id: str
    name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A browser's answer, read and not yet believed."""

    credential: dict[str, Any]
    credential_id: bytes
    challenge: bytes


def ask_to_add(db: Connection, here: Here, purpose: str, owner: Owner, known: Iterable[bytes], now: datetime) -> str:
    """What `navigator.credentials.create` is to be told, as JSON. `known`: credentials that the owner has already."""
    options = webauthn.generate_registration_options(
        rp_id=here.rp_id,
        rp_name="Sleutelbos",
        user_id=owner.id.encode(),
        user_name=owner.name,
        user_display_name=owner.display_name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    _keep(db, here, purpose, options.challenge, owner.id, now)
    return str(webauthn.options_to_json(options))


def ask_to_show(db: Connection, here: Here, purpose: str, now: datetime) -> str:
    """What `navigator.credentials.get` is to be told, as JSON: the browser offers every passkey that it has for us."""
    options = webauthn.generate_authentication_options(
        rp_id=here.rp_id, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    _keep(db, here, purpose, options.challenge, None, now)
    return str(webauthn.options_to_json(options))


def _keep(db: Connection, here: Here, purpose: str, challenge: bytes, owner_id: str | None, now: datetime) -> None:
    db.execute(
        insert(PasskeyChallenge).values(
            fingerprint=fingerprint(challenge.hex()),
            browser=fingerprint(here.browser),
            purpose=purpose,
            owner_id=owner_id,
            expires_at=now + LIFE,
        )
    )


def read(answer: str) -> Answer | None:
    """A browser's answer; None for what is no such answer."""
    try:
        credential = json.loads(answer[:MAX_ANSWER])
        client_data = helpers.parse_client_data_json(
            helpers.base64url_to_bytes(credential["response"]["clientDataJSON"])
        )
        return Answer(credential, helpers.base64url_to_bytes(str(credential["rawId"])), client_data.challenge)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, exceptions.WebAuthnException):
        return None


def spend(db: Connection, here: Here, purpose: str, given: Answer, now: datetime) -> tuple[str | None] | None:
    """Whom the challenge in this answer was for, once; None when this browser has no such challenge (any more)."""
    spent = (
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.fingerprint == fingerprint(given.challenge.hex()),
            PasskeyChallenge.browser == fingerprint(here.browser),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.expires_at > now,
        )
        .returning(PasskeyChallenge.owner_id)
    )
    row = db.execute(spent).first()
    return None if row is None else (row.owner_id,)


def verify_new(here: Here, given: Answer) -> "VerifiedRegistration | None":
    """The passkey that was made, with its user verified; None when anything about it is wrong."""
    try:
        made: VerifiedRegistration = webauthn.verify_registration_response(
            credential=given.credential,
            expected_challenge=given.challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError):
        return None
    return made


def verify_shown(here: Here, given: Answer, public_key: bytes, counter: int) -> int | None:
    """The passkey's new counter, with its user verified; None when anything about the answer is wrong."""
    try:
        shown = webauthn.verify_authentication_response(
            credential=given.credential,
            expected_challenge=given.challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            credential_public_key=public_key,
            credential_current_sign_count=counter,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError):
        return None
    return int(shown.new_sign_count)
