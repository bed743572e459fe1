"""What a password must be (NIST SP 800-63B, ASVS 5.0 V6.2): long, not common, not about us; nothing else."""

import re
from collections.abc import Iterable

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from idp.kernel.words import msgid

MIN_LENGTH, MAX_LENGTH = 10, 128

# 30,000 common passwords as counted in leaks; the list is zxcvbn's (MIT licence).
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])
_OWN_WORDS = ("sleutelbos", "wachtwoord", "welkom", "password", "thuislogin")


def problem(password: str, context: Iterable[str] = ()) -> str | None:
    """What is wrong with this password, as a Dutch message id; None = nothing.

    `context`: words that anybody near would try (the address, the school, the child); alone or with some digits
    around them they are no password.
    """
    if len(password) < MIN_LENGTH:
        return msgid("Kies een wachtwoord van minstens 10 tekens. Een korte zin werkt goed.")
    if len(password) > MAX_LENGTH:
        return msgid("Dit wachtwoord is te lang. Kies er een van hoogstens 128 tekens.")
    folded = password.casefold()
    if folded in _COMMON or _bare(folded) in _COMMON or len(set(folded)) < 4:
        return msgid("Dit wachtwoord gebruiken veel mensen. Kies een ander, dat niemand kan raden.")
    words = {_bare(word.casefold()) for word in (*_OWN_WORDS, *context) if len(word) >= 4}
    if _bare(folded) in words:
        return msgid("Dit wachtwoord is te makkelijk te raden. Kies iets wat niemand van je weet.")
    return None


def _bare(text: str) -> str:
    """Without the digits and signs that people put around a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
