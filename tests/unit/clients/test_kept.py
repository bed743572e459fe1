"""What an app makes for itself once, it finds again, and nobody else reads it."""

import json
import threading
from pathlib import Path

from clients.kept import kept


def test_a_value_is_made_once_and_found_again(tmp_path: Path) -> None:
    made = iter(range(10))
    file = tmp_path / "folder" / "secrets.json"
    first = kept(file, ["a", "b"], lambda: next(made))
    assert kept(file, ["b", "a"], lambda: next(made)) == first == {"a": 0, "b": 1}
    assert kept(file, ["a", "c"], lambda: next(made)) == {"a": 0, "c": 2}
    assert json.loads(file.read_text()) == {"a": 0, "b": 1, "c": 2}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secrets.json"
    kept(file, ["a"], lambda: "secret")
    kept(file, ["b"], lambda: "secret")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_two_that_start_at_once_get_the_same(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    found: list[dict[str, str]] = []
    made = iter(str(number) for number in range(1000))
    names = [f"name-{number}" for number in range(50)]

    def start() -> None:
        found.append(kept(file, names, lambda: next(made)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one == found[0] for one in found)
    assert len(found) == 8
