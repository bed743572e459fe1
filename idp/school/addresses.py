"""E-mail addresses: what may stand in a slot, and when two spellings are one address."""

import unicodedata
from dataclasses import dataclass

from idp.kernel.needed import WhenNeeded
from idp.kernel.words import msgid

validator = WhenNeeded("email_validator")

MAX_LENGTH = 254
"""RFC 5321 4.5.3.1.3, less the angle brackets."""

_TYPING_ERRORS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.nl": "gmail.com",
    "gamil.com": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmal.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "homail.com": "hotmail.com",
    "outlok.com": "outlook.com",
    "outlook.con": "outlook.com",
    "ziggo.com": "ziggo.nl",
    "zigo.nl": "ziggo.nl",
    "kpnmail.com": "kpnmail.nl",
    "icloud.con": "icloud.com",
    "live.con": "live.nl",
}


@dataclass(frozen=True, slots=True)
class Address:
    """`written`: where mail goes. `key`: what is compared; every spelling that reaches one mailbox has one key."""

    written: str
    key: str


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """What is wrong, as a Dutch message id with its values; `%(meant)s` is the address that was probably meant."""

    message: str
    values: dict[str, str]


def check(text: str) -> Address | AddressProblem:
    """Read an address as a person typed it. Domain names are checked for form and for well-known typing errors."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if len(typed) > MAX_LENGTH:
        return AddressProblem(msgid("Dit e-mailadres is te lang."), {})
    try:
        found = validator.validate_email(typed, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except validator.EmailNotValidError:
        sentence = msgid("Dit is geen geldig e-mailadres. Een e-mailadres ziet eruit als naam@voorbeeld.nl.")
        return AddressProblem(sentence, {})
    domain = found.ascii_domain.lower()
    if domain in _TYPING_ERRORS:
        meant = f"{found.local_part}@{_TYPING_ERRORS[domain]}"
        return AddressProblem(msgid("Kijk nog eens goed: bedoel je %(meant)s?"), {"meant": meant})
    return Address(f"{found.local_part}@{domain}", key_of(found.local_part, domain))


def key_of(local_part: str, domain: str) -> str:
    """One key for every spelling: no mail provider of today tells upper from lower case."""
    return f"{unicodedata.normalize('NFKC', local_part).casefold()}@{domain.lower()}"


def key_for_lookup(text: str) -> str:
    """The key of an address that somebody signs in with; text that is no address keeps a key of its own."""
    checked = check(text)
    if isinstance(checked, Address):
        return checked.key
    folded = unicodedata.normalize("NFKC", text).strip().casefold()[:MAX_LENGTH]
    return "".join(letter for letter in folded if letter.isprintable())  # PostgreSQL holds no U+0000
