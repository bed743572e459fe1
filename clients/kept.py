"""Values that an app makes for itself once and keeps: secrets and keys, in a JSON file that only its owner can read."""

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


def kept(file: Path, names: Iterable[str], make: Callable[[], Value]) -> dict[str, Value]:
    """What `file` keeps under each of `names`; for a name that is new there, `make` is called and its value kept.

    Two processes that start at once get the same values. Raises OSError, and ValueError for a file that is no JSON.
    """
    wanted = list(names)
    with locked(file.parent):
        values: dict[str, Value] = json.loads(file.read_text()) if file.exists() else {}
        missing = [name for name in wanted if name not in values]
        if missing:
            values |= {name: make() for name in missing}
            _replace(file, json.dumps(values, indent=1))
    return {name: values[name] for name in wanted}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder, made when it is missing, for one process at a time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    fresh.replace(file)
