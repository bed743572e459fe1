"""One clock, which a test can stop and move for everybody at once."""

from datetime import UTC, datetime, timedelta
from threading import Thread

from idp.kernel import clock


def test_the_clock_runs_in_utc() -> None:
    before = datetime.now(UTC)
    moment = clock.now()
    assert before <= moment <= datetime.now(UTC)
    assert moment.utcoffset() == timedelta(0)


def test_a_stopped_clock_stands_still_for_all_threads_until_it_is_moved() -> None:
    at = datetime(2025, 10, 26, 0, 59, tzinfo=UTC)  # the night that the clocks go back
    seen: list[datetime] = []
    with clock.frozen(at) as move:
        thread = Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
        move(at + timedelta(hours=1))
        seen.append(clock.now())
    assert seen == [at, at + timedelta(hours=1)]
    assert clock.now() > at + timedelta(days=1)
