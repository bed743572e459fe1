"""Workers at work in this process, and a handler that remembers."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from idp.kernel import worker
from idp.kernel.db import Database
from idp.kernel.outbox import Delivered, Handler, Result
from idp.kernel.worker import Worker
from tests.unit.kernel.rows import RING


def until(done: Callable[[], bool], within: float = 20) -> None:
    """Wait for it; fails when it does not happen."""
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Recorder:
    """A handler that keeps what it was given, and how many of it ran at the same time."""

    def __init__(self, answer: Result | None = None, *, hold: threading.Event | None = None) -> None:
        self.got: list[tuple[Any, int]] = []
        self.together = self._now = 0
        self._answer, self._hold, self._lock = answer or Delivered("ok"), hold, threading.Lock()

    def __call__(self, payload: Mapping[str, Any], attempts: int) -> Result:
        with self._lock:
            self._now += 1
            self.together = max(self.together, self._now)
            self.got.append((payload["number"], attempts))
        if self._hold:
            self._hold.wait(30)
        with self._lock:
            self._now -= 1
        return self._answer


@contextmanager
def running(made: Worker) -> Iterator[threading.Event]:
    """`made` at work in a thread of its own; told to stop, and gone, at the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=made.run_forever, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(worker.DRAIN_S + 10)
        assert not thread.is_alive()


def a_worker(database: Database, handler: Handler, kind: str = "mail", **more: Any) -> Worker:
    """A worker for one kind."""
    return Worker(database, RING, {kind: handler}, **more)
