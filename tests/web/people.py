"""One of each kind of person who comes to the pages: what the table of rights tells apart, and who is nobody to it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyotp
from sqlalchemy import insert, select, update

from idp.kernel.clock import now
from idp.kernel.secrets import Passwords, new_id
from idp.school import factors
from idp.school.models import School, Staff, StaffFactor
from tests import builders
from tests.site import Site
from tests.visitor import Visitor
from tests.web import families, staff
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, OPERATOR

SUPPORT, FOREIGN_ICT, FORMER = (
    "ib@regenboog.example",
    "ict@vuurvlinder.example",
    "vroeger@regenboog.example",
)
PASSWORD = "stoelen in een kring"

PEOPLE: Mapping[str, str] = {
    "teacher": ANNA,
    "colleague": BRAM,  # same school, other groups
    "stranger": DEWI,  # a teacher of another school
    "support": SUPPORT,
    "ict": CARLA,
    "foreign_ict": FOREIGN_ICT,
    "operator": OPERATOR,
    "former": FORMER,  # worked with Anna's group until just now
}
"""Members of staff, by what they are to Anna's group Bever."""

KINDS = ("nobody", "pupil", "parent", *PEOPLE)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, in one site."""

    site: Site

    def visitor(self, kind: str) -> Visitor:
        """A browser of this kind of person, signed in."""
        if kind == "nobody":
            return Visitor(self.site.wsgi)
        if kind == "pupil":
            return families.signed_in(self.site, families.KOWALSKI, "Oliwia")
        if kind == "parent":
            visitor = Visitor(self.site.wsgi)
            families.open_tiles(visitor, self.site, families.DE_VRIES)
            return visitor
        if kind == "former":
            visitor = self._member(FORMER)
            with self.site.database.write() as db:
                db.execute(update(Staff).where(Staff.address == FORMER).values(ended_at=now()))
            return visitor
        return self._member(PEOPLE[kind])

    def _member(self, email: str) -> Visitor:
        if email not in (SUPPORT, FOREIGN_ICT, FORMER):
            return staff.signed_in(self.site, email)
        with self.site.database.write() as db:
            db.execute(update(Staff).where(Staff.address == email).values(ended_at=None))
        visitor = Visitor(self.site.wsgi)
        page = visitor.open("/leerkracht").submit({"email": email, "password": PASSWORD})
        if page.path == "/leerkracht/code":
            page = page.submit({"otp": _code(self.site, email)})
        assert page.path == "/groepen", (page.url, page.text)
        return visitor


def gather(site: Site) -> Cast:
    """The demo's people, and the three whom it has not."""
    hashed = Passwords().hash(PASSWORD)
    schools = {SUPPORT: "De Regenboog", FOREIGN_ICT: "De Vuurvlinder", FORMER: "De Regenboog"}
    roles = {SUPPORT: "support", FOREIGN_ICT: "ict", FORMER: "teacher"}
    with site.database.write() as db:
        for email, name in schools.items():
            school_id = db.execute(select(School.id).where(School.name == name)).scalar_one()
            groups = [staff.group_of(site, ANNA)] if email == FORMER else []
            member = builders.a_teacher(
                db, school_id, *groups, role=roles[email], address=email, first_name="Fleur", password_hash=hashed
            )
            if email == FOREIGN_ICT:
                foreign_ict = member
    _give_app(site, foreign_ict)
    return Cast(site)


def _give_app(site: Site, staff_id: str) -> None:
    """The second factor that this role has to have."""
    factor_id, secret = new_id(), factors.new_totp_secret()
    sealed = site.keyring.seal(secret.encode(), ("staff_factor", "secret", factor_id))
    values = {"id": factor_id, "staff_id": staff_id, "kind": "totp", "name": "App", "secret": sealed, "counter": 0}
    with site.database.write() as db:
        db.execute(insert(StaffFactor).values(**values, created_at=now()))


def _code(site: Site, email: str) -> str:
    """What that app shows now; not used before, however often they signed in just now."""
    with site.database.write() as db:
        staff_id = db.execute(select(Staff.id).where(Staff.address == email)).scalar_one()
        db.execute(update(StaffFactor).where(StaffFactor.staff_id == staff_id).values(counter=0))
        secret = factors.totp_secret(db, site.keyring, staff_id)
    assert secret is not None
    return pyotp.TOTP(secret).at(now())
