"""A zip is a trap until it was looked at."""

import io
import stat
import time
import tracemalloc
import zipfile

import pytest

from idp.school.roster import archive
from idp.school.roster.values import Problem
from tests.oneroster_files import zipped


def renamed(name: str) -> bytes:
    return zipped({name: b"x"})


def a_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo("users.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    return out.getvalue()


def a_liar() -> bytes:
    """Its directory says that it is small."""
    bomb = bytearray(zipped({"users.csv": b"\x00" * 20 * 2**20}))
    size = (20 * 2**20).to_bytes(4, "little")
    return bytes(bomb.replace(size, (1000).to_bytes(4, "little")))


def encrypted() -> bytes:
    made = bytearray(zipped({"users.csv": b"x" * 100}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + at] |= 1
    return bytes(made)


TRAPS = {
    "up": lambda: renamed("../users.csv"),
    "up inside": lambda: renamed("a/../../users.csv"),
    "up, as Windows writes it": lambda: renamed("..\\users.csv"),
    "absolute": lambda: renamed("/etc/passwd"),
    "a drive": lambda: renamed("C:\\users.csv"),
    "a zip": lambda: zipped({"meer.zip": zipped({"users.csv": b"x"})}),
    "a zip by another name": lambda: zipped({"users.csv": zipped({"users.csv": b"x"})}),
    "a zip in a folder": lambda: renamed("map/meer.zip"),
    "a link": a_link,
    "a bomb": lambda: zipped({"users.csv": b"a" * 20 * 2**20}),
    "a heap": lambda: zipped({f"{n}.csv": b"a" * 7 * 2**20 for n in range(9)}, zipfile.ZIP_STORED),
    "half a million entries": lambda: b"PK\x03\x04" + b"PK\x01\x02" * 500_000,
    "too many entries": lambda: zipped({f"{n}.csv": b"" for n in range(100)}),
    "an exotic method": lambda: zipped({"users.csv": b"x" * 1000}, zipfile.ZIP_LZMA),
    "a liar": a_liar,
    "a password": encrypted,
    "half": lambda: zipped({"users.csv": b"abc" * 1000})[:-30],
    "its end alone": lambda: zipped({"users.csv": b"abc" * 1000})[-40:],
}


@pytest.mark.parametrize("trap", TRAPS)
def test_t39_a_trap_is_refused_quickly_and_in_little_memory(trap: str) -> None:
    data = TRAPS[trap]()
    tracemalloc.start()
    began = time.monotonic()
    found = archive.unpack(data)
    took, (_now, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, Problem), trap
    assert took < 2
    assert peak < 16 * 2**20


def test_the_same_name_twice_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("users.csv", "a")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("users.csv", "b")
    assert isinstance(archive.unpack(out.getvalue()), Problem)


def test_a_damaged_byte_is_noticed() -> None:
    data = bytearray(zipped({"users.csv": b"abcdefgh" * 10}, zipfile.ZIP_STORED))
    data[60] ^= 1
    assert isinstance(archive.unpack(bytes(data)), Problem)


def test_an_honest_zip_is_unpacked_and_its_folders_are_left_alone() -> None:
    files = {"manifest.csv": b"a", "__MACOSX/manifest.csv": b"b", "map/": b""}
    assert archive.unpack(zipped(files)) == {"manifest.csv": b"a"}
