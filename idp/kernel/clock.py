"""The one clock. Nothing else in the program asks the machine for the time of day."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _machine() -> datetime:
    return datetime.now(UTC)


class _Clock:
    """Holds the source of time, so that a test can stop it or move it for all threads at once."""

    def __init__(self) -> None:
        self.source: Callable[[], datetime] = _machine


_CLOCK = _Clock()


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return _CLOCK.source()


@contextmanager
def frozen(at: datetime) -> Iterator[Callable[[datetime], None]]:
    """Stop the clock at `at` (for tests); the yielded function moves it."""
    moment = [at]
    before = _CLOCK.source
    _CLOCK.source = lambda: moment[0]

    def move(to: datetime) -> None:
        moment[0] = to

    try:
        yield move
    finally:
        _CLOCK.source = before
