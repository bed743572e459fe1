"""A process that takes rows and dies without a word, for test_leases: python -m tests.unit.kernel.take_rows URL."""

import sys

from idp.kernel.db import Database, make_engine
from tests.unit.kernel.rows import take


def main(url: str) -> None:
    """Print the id of every row that this process could take."""
    database = Database(make_engine(url))
    print("ready", flush=True)
    sys.stdin.readline()
    while works := take(database, most=3):
        print(*[work.id for work in works], sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
