"""The process that carries out what waits in the outbox."""

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from idp.kernel import clock, leases
from idp.kernel.db import Database
from idp.kernel.leases import Work
from idp.kernel.outbox import CARE, Handler, Later, Result, Retry
from idp.kernel.secrets import KeyRing
from idp.kernel.words import msgid

log = structlog.get_logger()

Chore = Callable[[Connection, datetime], None]
"""Something to do now and then in a transaction of its own: forgetting what is old."""

POLL_S = 0.15
"""How soon a new row is noticed; a logout must be on its way to every publisher within a second."""

DRAIN_S = 10.0
"""How long deliveries under way may take when the worker is told to stop; less than what is left of their leases."""

CHORES_EVERY_S = 3600.0

LOOK_AGAIN = timedelta(minutes=5)
"""When to look again at a row that cannot be opened: until then somebody may have mended IDP_KEYS."""


class Worker:
    """Leases rows, hands each to the handler of its kind in a thread of its own, settles it with what came of it.

    Kinds without a handler are left alone, so that an older worker does not spoil a newer program's rows. A kind that
    does not stand in CARE is a KeyError. `lease`: how long what a killed worker held waits for another one.
    """

    def __init__(
        self,
        database: Database,
        keyring: KeyRing,
        handlers: Mapping[str, Handler],
        chores: Sequence[Chore] = (),
        *,
        lease: timedelta = leases.LEASE,
    ) -> None:
        self._database, self._keyring, self._chores, self._lease = database, keyring, chores, lease
        self._handlers = {kind: (CARE[kind].at_once, handler) for kind, handler in handlers.items()}
        self._renew_at = self._chores_at = time.monotonic()
        self._in_flight: dict[str, Work] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = False

    def run_forever(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way may end first. Returns within DRAIN_S of `stop`."""
        while not stop.is_set():
            started = 0
            try:
                now = clock.now()
                started = self._start_due(now, clock.now)
                self._renew(now)
                self._tidy(now)
            except Exception as error:
                # The database may be away for a minute; nothing is lost, since nothing was taken.
                log.error("outbox.unreachable", error=type(error).__name__)
                stop.wait(1)
            if not started:
                self._wake.wait(POLL_S)
                self._wake.clear()
        self._drain()

    def run_once(self, now: datetime) -> int:
        """Deliver everything that is due at `now` and wait for it; how many deliveries there were."""
        count = 0
        while started := self._start_due(now, lambda: now):
            count += started
            while self._held():
                self._wake.wait(POLL_S)
                self._wake.clear()
        return count

    def _start_due(self, now: datetime, at: Callable[[], datetime]) -> int:
        """Take what there is room for and start it; `at` tells the time when a delivery ends."""
        started = 0
        for kind, (at_once, _) in self._handlers.items():
            mine = [work for work in self._held() if work.kind == kind]
            room = at_once - len(mine)
            if room < 1:
                continue
            with self._database.read() as db:  # a read first: an idle worker never takes the writer's place
                ids = leases.due(db, kind, now, room, mine)
            if not ids:
                continue
            with self._database.write() as db:
                taken = leases.lease(db, self._keyring, ids, now, lasting=self._lease)
            for work in taken:
                self._start(work, at)
            started += len(taken)
        return started

    def _start(self, work: Work, at: Callable[[], datetime]) -> None:
        with self._lock:
            self._in_flight[work.id] = work
        # A daemon thread: one that hangs beyond DRAIN_S must not keep the process alive.
        thread = threading.Thread(target=self._deliver, args=(work, at), name=f"outbox-{work.kind}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine has no thread left for us; the lease runs out
            self._let_go(work)
            raise

    def _deliver(self, work: Work, at: Callable[[], datetime]) -> None:
        try:
            result = self._handle(work)
            self._write_down(work, result, at)
        finally:
            self._let_go(work)

    def _let_go(self, work: Work) -> None:
        with self._lock:
            del self._in_flight[work.id]
        self._wake.set()

    def _handle(self, work: Work) -> Result:
        if work.payload is None:
            log.error("outbox.sealed", kind=work.kind, id=work.id)
            return Later(
                msgid("De inhoud kan niet worden geopend met de sleutels in IDP_KEYS."), clock.now() + LOOK_AGAIN
            )
        _, handler = self._handlers[work.kind]
        try:
            return handler(work.payload, work.attempts)
        except Exception as error:
            # Without the error's words, which may hold an address.
            where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            log.error("outbox.failed", kind=work.kind, id=work.id, error=type(error).__name__, where=where[-3:])
            return Retry(msgid("Er ging bij ons iets mis. We proberen het vanzelf opnieuw."))

    def _write_down(self, work: Work, result: Result, at: Callable[[], datetime]) -> None:
        """Settle it; while the database is away, keep trying, so that what arrived is not delivered again."""
        while True:
            try:
                with self._database.write() as db:
                    if not leases.settle(db, work, result, at()):
                        log.warning("outbox.lease_lost", kind=work.kind, id=work.id)
                return
            except Exception as error:
                log.error("outbox.unreachable", error=type(error).__name__, id=work.id)
                if self._ending:
                    return
                time.sleep(0.5)

    def _held(self) -> list[Work]:
        with self._lock:
            return list(self._in_flight.values())

    def _renew(self, now: datetime) -> None:
        """Hold what is under way for longer, three times in each lease."""
        if time.monotonic() < self._renew_at:
            return
        held = self._held()
        if held:
            with self._database.write() as db:
                leases.renew(db, held, now, lasting=self._lease)
        self._renew_at = time.monotonic() + self._lease.total_seconds() / 3

    def _tidy(self, now: datetime) -> None:
        """The chores, each for itself: one that fails must not keep the mail from leaving."""
        if time.monotonic() < self._chores_at:
            return
        self._chores_at = time.monotonic() + CHORES_EVERY_S
        for chore in self._chores:
            try:
                with self._database.write() as db:
                    chore(db, now)
            except Exception as error:
                log.error("chore.failed", chore=getattr(chore, "__qualname__", "?"), error=type(error).__name__)

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_S
        while self._held() and time.monotonic() < deadline:
            self._wake.wait(POLL_S)
            self._wake.clear()
        self._ending = True
