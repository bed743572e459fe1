"""The process that carries out what waits in the outbox."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from idp.kernel import outbox
from idp.kernel.clock import now as clock_now
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing

log = structlog.get_logger()

POLL_S = 0.15
"""How soon a new row is noticed; a logout must reach every publisher within a second."""

AT_ONCE = 16
"""Deliveries at the same time, so that one slow server does not hold up the rest."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived; `words` are the other side's."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: no further try."""

    words: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; try again later."""

    words: str


Result = Delivered | Refused | Retry
Handler = Callable[[outbox.Work], Result]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait after each try (the last one repeats), and when to give up."""

    waits: tuple[timedelta, ...]
    give_up: timedelta


PATIENCE = {
    "mail": Patience(tuple(timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 900, 3600)), timedelta(hours=48)),
    "backchannel_logout": Patience(
        tuple(timedelta(seconds=s) for s in (1, 5, 30, 120, 600, 3600)), timedelta(hours=24)
    ),
}


class Worker:
    """Leases rows, hands each to the handler of its kind, writes down how it went."""

    def __init__(self, database: Database, keyring: KeyRing, handlers: Mapping[str, Handler]) -> None:
        self._database, self._keyring, self._handlers = database, keyring, handlers

    def run_forever(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way is finished first."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outbox") as pool:
            under_way: set[Future[None]] = set()
            while not stop.is_set():
                under_way = {future for future in under_way if not future.done()}
                try:
                    started = self.start_due(pool, AT_ONCE - len(under_way))
                except Exception:
                    # The database may be away for a minute; nothing is lost, since nothing was taken.
                    log.exception("outbox.unreachable")
                    started = []
                under_way.update(started)
                if not started:
                    stop.wait(POLL_S)

    def start_due(self, pool: ThreadPoolExecutor, most: int) -> list[Future[None]]:
        """Take up to `most` rows that are due now and start delivering them, without waiting for the slow ones."""
        now = clock_now()
        if most < 1:
            return []
        with self._database.read() as db:
            if not outbox.has_due(db, now):
                return []
        with self._database.write() as db:
            taken = outbox.lease(db, self._keyring, now, most)
        return [pool.submit(self._deliver, work) for work in taken]

    def run_once(self) -> int:
        """Deliver everything that is due now and wait for it; how many deliveries there were."""
        count = 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while started := self.start_due(pool, AT_ONCE):
                for future in started:
                    future.result()
                count += len(started)
        return count

    def _deliver(self, work: outbox.Work) -> None:
        try:
            result = self._handlers[work.kind](work)
        except Exception as error:
            log.exception("outbox.failed", kind=work.kind, id=work.id)
            result = Retry(type(error).__name__)
        with self._database.write() as db:
            self._write_down(db, work, result, clock_now())

    def _write_down(self, db: Connection, work: outbox.Work, result: Result, now: datetime) -> None:
        patience = PATIENCE[work.kind]
        if isinstance(result, Delivered):
            outbox.finish(db, work, "done", result.words, now)
        elif isinstance(result, Refused) or now - work.created_at > patience.give_up:
            outbox.finish(db, work, "failed", result.words, now)
        else:
            wait = patience.waits[min(work.attempts, len(patience.waits)) - 1]
            outbox.postpone(db, work, result.words, now + wait)
