"""A grant is written only while its sign-in lasts: one statement looks at the session and inserts.

On PostgreSQL it also holds the session's row, so that whoever ends the session at this moment finds the grant.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from idp.engine.ports import Login
from idp.engine.tables import GRANT, SESSION
from idp.kernel.prepared import Prepared

_LATER = frozenset({"code_used_at", "ended_at"})
_COLUMNS = [column for column in GRANT.columns if column.name not in _LATER]
_INSERT = Prepared(
    insert(GRANT)
    .from_select(
        [column.name for column in _COLUMNS],
        select(*(bindparam(column.name, type_=column.type) for column in _COLUMNS))
        .where(SESSION.c.sid == bindparam("sid"), SESSION.c.ended_at.is_(None))
        .with_for_update(read=True, of=SESSION),
    )
    .returning(GRANT.c.id)
)
_NOTHING = dict.fromkeys((column.name for column in _COLUMNS if column.nullable), None)


def write(db: Connection, login: Login, values: Mapping[str, Any]) -> bool:
    """Insert a grant of this login; False = the sign-in has ended meanwhile, and there is none."""
    signed_in = {
        "subject": login.subject,
        "sid": login.sid,
        "auth_time": login.auth_time,
        "amr": " ".join(login.amr),
        "acr": login.acr,
    }
    return _INSERT.first(db, **(_NOTHING | signed_in | dict(values))) is not None
