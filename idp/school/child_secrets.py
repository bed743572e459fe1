"""A child's PIN and password picture: how they are sealed, opened, and made.

Both are sealed and not hashed: a teacher prints them, and hashing ten thousand possibilities protects nothing. They
only ever tell apart children inside a signed-in household or on a school's own device.
"""

import re
import secrets
from dataclasses import dataclass

from idp.kernel.secrets import KeyRing
from idp.kernel.words import msgid
from idp.school.pictures import SECRET_KEYS, SECRET_PICTURES


@dataclass(frozen=True, slots=True)
class Sealed:
    """The two secrets as they lie in the pupil's row."""

    pupil_id: str
    pin: bytes
    secret_picture: bytes


def seal(keyring: KeyRing, pupil_id: str, pin: str, secret_picture: str) -> Sealed:
    """The two secrets, made ready for the pupil's row."""
    return Sealed(
        pupil_id,
        keyring.seal(pin.encode(), ("pupil", "pin", pupil_id)),
        keyring.seal(secret_picture.encode(), ("pupil", "secret_picture", pupil_id)),
    )


def pin_of(keyring: KeyRing, sealed: Sealed) -> str:
    """The four digits. Raises UnsealError."""
    return keyring.unseal(sealed.pin, ("pupil", "pin", sealed.pupil_id)).decode()


def secret_picture_of(keyring: KeyRing, sealed: Sealed) -> str:
    """The key of the password picture. Raises UnsealError."""
    return keyring.unseal(sealed.secret_picture, ("pupil", "secret_picture", sealed.pupil_id)).decode()


def new_pin() -> str:
    """Four digits by chance."""
    return f"{secrets.randbelow(10_000):04}"


def new_secret_picture() -> str:
    """The key of a password picture by chance."""
    return secrets.choice(SECRET_PICTURES).key


def pin_problem(pin: str) -> str | None:
    """What is wrong with a PIN that a teacher chose, as a Dutch message id; None = nothing. Any four digits will do."""
    if re.fullmatch("[0-9]{4}", pin):
        return None
    return msgid("Een pincode is vier cijfers, bijvoorbeeld 4831.")


def picture_problem(key: str) -> str | None:
    """The same for a password picture."""
    return None if key in SECRET_KEYS else msgid("Kies een van de plaatjes.")


def throttle_key(home_account_id: str, pupil_id: str) -> str:
    """What tries at home are counted for: this child, for this account; no brother, no other parent."""
    return f"{home_account_id} {pupil_id}"
