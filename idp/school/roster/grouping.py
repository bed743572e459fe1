"""Groups are made, change and close."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from idp.kernel import audit
from idp.kernel.secrets import new_id
from idp.school.models import Group, Pupil, StaffGroup, Substitution
from idp.school.roster.changes import GroupChange, NewGroup

_GROUP = cast(Table, Group.__table__)
_CHANGE = (
    _GROUP.update()
    .where(_GROUP.c.id == bindparam("which"))
    .values(name=bindparam("new_name"), year=bindparam("new_year"), roster_key=bindparam("new_key"))
)


def make_all(
    db: Connection, school_id: str, groups: Iterable[NewGroup], *, actor: str | None, now: datetime
) -> Mapping[str, str]:
    """New groups, whose children sign in with a PIN until somebody decides otherwise; ref -> id."""
    made = {group.ref: (new_id(), group) for group in groups}
    rows = [
        {"id": group_id, "school_id": school_id, "roster_key": group.key, "name": group.name, "year": group.year}
        for group_id, group in made.values()
    ]
    if rows:
        db.execute(insert(_GROUP), rows)
    facts = [(f"group:{group_id}", {"year": group.year}) for group_id, group in made.values()]
    audit.record_each(db, "group.made", facts, now=now, actor=actor, school_id=school_id)
    return {ref: group_id for ref, (group_id, _group) in made.items()}


def change_all(
    db: Connection, school_id: str, changes: Iterable[GroupChange], *, actor: str | None, now: datetime
) -> None:
    """Names, years and keys of groups. A key is only ever given to a group that had none."""
    rows = [
        {"which": change.group_id, "new_name": change.name, "new_year": change.year, "new_key": change.key}
        for change in changes
    ]
    if not rows:
        return
    db.execute(_CHANGE, rows)
    facts = [(f"group:{row['which']}", {"year": row["new_year"]}) for row in rows]
    audit.record_each(db, "group.changed", facts, now=now, actor=actor, school_id=school_id)


def close_all(db: Connection, school_id: str, group_ids: Iterable[str], *, actor: str | None, now: datetime) -> None:
    """Groups end. Whoever still pointed at one is in no group: nobody's place depends on a row that is gone."""
    wanted = list(group_ids)
    if not wanted:
        return
    db.execute(update(Pupil).where(Pupil.group_id.in_(wanted)).values(group_id=None))
    for table in (StaffGroup, Substitution):
        db.execute(delete(table).where(table.group_id.in_(wanted)))
    gone = delete(Group).where(Group.id.in_(wanted), Group.school_id == school_id).returning(Group.id)
    facts: list[tuple[str, Mapping[str, str]]] = [(f"group:{group_id}", {}) for group_id in db.execute(gone).scalars()]
    audit.record_each(db, "group.closed", facts, now=now, actor=actor, school_id=school_id)
