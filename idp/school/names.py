"""In which order names stand in a list: as in a Dutch telephone book, where Ç and Ł stand among C and L."""

import unicodedata

_BARE = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


def sort_key(name: str) -> str:
    """What names are compared by: letters without their marks, upper and lower case alike."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(_BARE)


def clean(text: str, longest: int) -> str | None:
    """A name as somebody typed it, made ready to be kept; None = nothing there, too long, or not to be read."""
    kept = " ".join(unicodedata.normalize("NFC", text).split())
    odd = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in kept.replace("\u200c", ""))
    return kept if kept and len(kept) <= longest and not odd else None
