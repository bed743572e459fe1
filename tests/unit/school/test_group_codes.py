"""New PINs and pictures for all."""

import pytest
from sqlalchemy import select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import group_codes, pupils
from idp.school.models import Group, Pupil
from tests.builders import KEYRING, NOW, a_group, a_pupil


@pytest.mark.parametrize(
    ("home", "school", "renewed"),
    [("pin", "pin", {"pin"}), ("picture", "badge", {"secret_picture"}), ("pin", "picture", {"pin", "secret_picture"})],
)
def test_what_the_group_uses_is_made_anew_for_who_is_in_it(
    database: Database, home: str, school: str, renewed: set[str]
) -> None:
    with database.write() as db:
        group_id = a_group(db, login_method=home)
        db.execute(update(Group).where(Group.id == group_id).values(school_method=school))
        here = {a_pupil(db, group_id) for _ in range(3)}
        elsewhere = {a_pupil(db), a_pupil(db, group_id, left_at=NOW)}
        columns = (Pupil.id, Pupil.pin, Pupil.secret_picture)
        before = {row.id: row._asdict() for row in db.execute(select(*columns))}
        group = pupils.group_by_id(db, group_id)
        assert group is not None
        assert set(group_codes.renew(db, KEYRING, group, "staff:x", NOW)) == here
        for row in db.execute(select(*columns)):
            changed = {name for name, value in row._asdict().items() if value != before[row.id][name]}
            assert changed == (renewed if row.id in here else set()), elsewhere
        assert len(db.execute(select(AuditEvent.id)).all()) == 3 * len(renewed)
