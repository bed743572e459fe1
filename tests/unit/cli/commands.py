"""The program, called as from a shell, on a database of the test."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """How a call ended."""

    code: int
    out: str
    err: str


Program = Callable[..., Said]
