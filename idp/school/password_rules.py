"""What a password must be (NIST SP 800-63B, ASVS 5.0 V6.2): long, not common, not about us; nothing else."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from idp.kernel.words import msgid

MIN_LENGTH, MAX_LENGTH = 10, 128

OWN_LETTERS = 5
"""So many letters must be left of a password when everything that anybody near would try is taken out."""

_OWN_WORDS = ("sleutelbos", "wachtwoord", "welkom", "password", "thuislogin", "thuisaccount")


@cache
def common() -> frozenset[str]:
    """30,000 common passwords; the file says where they come from. Read when the first password is chosen."""
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def problem(password: str, context: Iterable[str] = ()) -> str | None:
    """What is wrong with this password, as a Dutch message id; None = nothing.

    `context`: what anybody near would try (the address, the school, the child, see `homes.password_words`); alone,
    together, or with digits and signs around them they are no password.
    """
    if len(password) < MIN_LENGTH:
        return msgid("Kies een wachtwoord van minstens 10 tekens. Een korte zin werkt goed.")
    if len(password) > MAX_LENGTH:
        return msgid("Dit wachtwoord is te lang. Kies er een van hoogstens 128 tekens.")
    folded = password.casefold()
    if {folded, _bare(folded)} & common() or len(set(folded)) < 4:
        return msgid("Dit wachtwoord gebruiken veel mensen. Kies een ander, dat niemand kan raden.")
    letters = _letters(folded)
    own = letters
    for word in sorted(_words(context), key=len, reverse=True):
        own = own.replace(word, "")
    if own != letters and len(own) < OWN_LETTERS:
        return msgid("Dit wachtwoord is te makkelijk te raden. Kies iets wat niemand van je weet.")
    return None


def _words(context: Iterable[str]) -> set[str]:
    """The context's words of three letters and more, each also as it stands in the whole ("deregenboog")."""
    whole = {_letters(text.casefold()) for text in context}
    parts = {_letters(part) for text in context for part in re.split(r"[\W\d_]+", text.casefold())}
    return {word for word in (*whole, *parts, *_OWN_WORDS) if len(word) >= 3}


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _bare(text: str) -> str:
    """Without the digits and signs that people put around a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
