"""Each refusal is written down under a support code of its own; a flood of them is written down once.

Who fails a lot at one place (`refusal_source`), and everybody together (`refusal_all`), fills no database. Beyond those
limits a refusal gets the code of the row that says so: every code that anybody is shown can be looked up. Nobody is
stopped by them. The counters have a bound as well: a source is counted only while the count of all has room.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idp.kernel import audit, throttle

_EVERYWHERE = "everywhere"


class Refusals:
    """What this process knows of floods, so that one more refusal of a flood costs no statement."""

    def __init__(self) -> None:
        self._floods: dict[str, tuple[datetime, str]] = {}

    def flood(self, source: str, now: datetime) -> str | None:
        """The code of the flood that a refusal at `source` is part of; None = it is worth a row of its own."""
        for whose in (source, _EVERYWHERE):
            until, code = self._floods.get(whose, (now, ""))
            if until > now:
                return code
        return None

    def write(
        self,
        db: Connection,
        act: str,
        *,
        source: str,
        now: datetime,
        actor: str | None = None,
        facts: Mapping[str, Any],
    ) -> str:
        """Write one refusal down and return its support code; the first beyond a limit as what it is."""
        code = audit.new_support_code()
        for limit, whose in (("refusal_all", _EVERYWHERE), ("refusal_source", source)):
            taken = throttle.take(db, limit, whose, now)
            if isinstance(taken, throttle.Locked):
                self._floods = {one: kept for one, kept in self._floods.items() if kept[0] > now}
                self._floods[whose] = taken.until, code
                audit.record(db, "refusals.many", now=now, support_code=code, facts={"limit": limit})
                return code
        audit.record(db, act, now=now, actor=actor, support_code=code, facts=facts)
        return code
