"""A plan between two requests: kept as bytes while a person looks at it. Seal them; they hold names and ECK iDs.

Not the file that was sent is kept, but what was read of it: what stands on no list is nowhere.
"""

from pydantic import TypeAdapter

from idp.school.roster import new_year
from idp.school.roster.plan import Plan, compare
from idp.school.roster.snapshot import Snapshot
from idp.school.roster.values import Roster

_KEPT: TypeAdapter[tuple[Snapshot, Roster | None]] = TypeAdapter(tuple[Snapshot, Roster | None])


def dump(plan: Plan) -> bytes:
    """What the plan was made of: comparing is pure, so that the rest follows."""
    return _KEPT.dump_json((plan.made_from, plan.roster))


def load(kept: bytes) -> Plan:
    """The same plan. Raises ValueError for bytes that `dump` did not give."""
    made_from, roster = _KEPT.validate_json(kept)
    return new_year.plan(made_from) if roster is None else compare(made_from, roster)
