"""What an environment remembers, and for how long."""

from concurrent.futures import ThreadPoolExecutor

from clients.network.memory import Expiring


def test_a_value_is_found_and_taken_once() -> None:
    kept: Expiring[str] = Expiring(60)
    key = kept.put("value")
    assert kept.get(key) == kept.get(key) == kept.take(key) == "value"
    assert kept.get(key) is None
    assert kept.take(key) is None
    assert kept.get(None) is None
    assert kept.take("unknown") is None


def test_a_value_gets_too_old() -> None:
    kept: Expiring[str] = Expiring(0)
    key = kept.put("value")
    assert kept.get(key) is None
    assert kept.take(key) is None


def test_of_fifty_at_once_one_gets_it() -> None:
    kept: Expiring[str] = Expiring(60)
    key = kept.put("value")
    with ThreadPoolExecutor(50) as pool:
        taken = list(pool.map(lambda _: kept.take(key), range(50)))
    assert taken.count("value") == 1
