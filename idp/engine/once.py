"""What counts once: a client assertion, a DPoP proof, a logout token. Spent by one INSERT, right or refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam

from idp.kernel.db import INSERTS
from idp.kernel.prepared import Prepared


class Once:
    """Those of one table, which has a `fingerprint` and remembers it until `expires_at`: it cannot come after that."""

    __slots__ = ("_insert",)

    def __init__(self, table: Table) -> None:
        row: dict[str, Any] = {"fingerprint": bindparam("fingerprint"), "expires_at": bindparam("expires_at")}
        self._insert = {
            dialect: Prepared(insert(table).values(row).on_conflict_do_nothing().inline())
            for dialect, insert in INSERTS.items()
        }

    def spend(self, db: Connection, mark: bytes, until: datetime) -> bool:
        """True for the first who shows it, False for everybody after."""
        return self._insert[db.dialect.name].run(db, fingerprint=mark, expires_at=until) == 1
