"""New PINs and password pictures for a whole group, in one go."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from idp.kernel.secrets import KeyRing
from idp.school import child_secrets, pupils
from idp.school.models import Pupil
from idp.school.pupils import OneGroup

KINDS = ("pin", "picture")


def kinds_of(group: OneGroup) -> Sequence[str]:
    """What the children of a group show, at home or at school, that can be made anew."""
    return [kind for kind in KINDS if kind in (group.login_method, group.school_method)]


def renew(db: Connection, keyring: KeyRing, group: OneGroup, actor: str, now: datetime) -> Sequence[str]:
    """Give every pupil of the group new ones, by chance; the ids of the pupils, whose sessions the caller ends."""
    here = select(Pupil.id).where(Pupil.group_id == group.id, Pupil.left_at.is_(None)).order_by(Pupil.id)
    found = list(db.execute(here).scalars())
    for pupil_id in found:
        if "pin" in kinds_of(group):
            pupils.set_pin(db, keyring, pupil_id, child_secrets.new_pin(), actor, now)
        if "picture" in kinds_of(group):
            pupils.set_secret_picture(db, keyring, pupil_id, child_secrets.new_secret_picture(), actor, now)
    return found
