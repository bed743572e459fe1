"""Keep a number of connections busy for a while, and say how it went."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.load.wire import Wire

Operation = Callable[[Wire], object]


@dataclass(frozen=True, slots=True)
class Round:
    """One run: operations per second, and the middle and slow end of their time in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several rounds, with their spread ((max - min) / median, in percent)."""

    name: str
    per_second: float
    spread: float
    p50_ms: float
    p99_ms: float


def one_round(host: str, port: int, operation: Operation, *, seconds: float, connections: int) -> Round:
    """Run `operation` over and over on each of `connections` for `seconds`. An operation that fails raises."""
    times: list[float] = []
    failures: list[BaseException] = []
    prepare = getattr(operation, "prepare", None)
    if prepare is not None:
        prepare()
    end = time.perf_counter() + seconds

    def work() -> None:
        mine: list[float] = []
        try:
            wire = Wire(host, port)
            while (start := time.perf_counter()) < end:
                operation(wire)
                mine.append(time.perf_counter() - start)
            wire.close()
        except BaseException as failure:
            failures.append(failure)
        times.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    took = time.perf_counter() - started
    times.sort()
    return Round(len(times) / took, times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000)


def measure(
    name: str, host: str, port: int, operation: Operation, *, connections: int = 4, seconds: float = 4
) -> Figure:
    """The median of three rounds, after a short one that warms up."""
    one_round(host, port, operation, seconds=1, connections=connections)
    rounds = [one_round(host, port, operation, seconds=seconds, connections=connections) for _ in range(3)]
    rates = [r.per_second for r in rounds]
    middle = statistics.median(rates)
    return Figure(
        name,
        middle,
        (max(rates) - min(rates)) / middle * 100,
        statistics.median(r.p50_ms for r in rounds),
        statistics.median(r.p99_ms for r in rounds),
    )
