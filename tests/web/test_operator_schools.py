"""/beheer/scholen: schools come with a co-ordinator, and go when two operators say so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from idp.engine.tables import PAIRWISE_SUBJECT, SESSION
from idp.kernel.clock import frozen, now
from idp.kernel.db import Base
from idp.kernel.secrets import Passwords, new_id
from idp.school.models import EmailSlot, HomeAccount, Pupil, School, Staff, StaffFactor
from tests import builders
from tests.site import Site
from tests.visitor import Page, Visitor, sign_in_at_home
from tests.web.staff import ANNA, CARLA, OPERATOR, otp, person, signed_in

SECOND, PASSWORD = "tweede.beheer@sleutelbos.example", "touw en een emmer"


def second_operator(site: Site) -> Visitor:
    """A colleague, with the same app as the first for a lack of phones, signed in."""
    first = select(StaffFactor.secret, StaffFactor.id).join(Staff).where(Staff.role == "operator")
    with site.database.write() as db:
        staff_id = builders.a_teacher(db, role="operator", address=SECOND, password_hash=Passwords().hash(PASSWORD))
        row, another = db.execute(first).one(), new_id()
        secret = site.keyring.unseal(row.secret, ("staff_factor", "secret", row.id))
        sealed = site.keyring.seal(secret, ("staff_factor", "secret", another))
        db.execute(insert(StaffFactor).values(id=another, staff_id=staff_id, kind="totp", secret=sealed,
                                              name="app", created_at=now(), counter=0))  # fmt: skip
    visitor = Visitor(site.wsgi)
    page = visitor.open("/leerkracht").submit({"email": SECOND, "password": PASSWORD})
    assert page.submit({"otp": otp(site, OPERATOR)}).path == "/beheer"
    return visitor


def school_id(site: Site, name: str = "De Regenboog") -> str:
    with site.database.read() as db:
        return str(db.execute(select(School.id).where(School.name == name)).scalar_one())


def step(visitor: Visitor, school: str, what: str) -> Page:
    """Press one of the buttons of the deletion."""
    page = visitor.open(f"/beheer/scholen/{school}")
    token = page.select("input[name=csrf_token]")[0].get("value")
    return visitor.post(f"/beheer/scholen/{school}/verwijderen", {"csrf_token": token, "step": what})


def test_schools_are_found_by_a_part_of_their_name(site: Site) -> None:
    with site.database.write() as db:
        db.execute(insert(School).values(id="s-ecole", name="École du Soleil", key="98YY00", created_at=now()))
    operator = signed_in(site, OPERATOR)
    for words, count in (
        *(("regenb", 1), ("REGENBOOG", 1), ("poort", 8), ("%", 0), ("bestaat niet", 0)),
        *(("École", 1), ("éCOLE", 1), ("ecole", 1), ("98yy", 1)),
    ):
        found = operator.open("/beheer/scholen", query_string={"zoek": words}).select("[data-school]")
        assert len(found) == count, words


def test_a_new_school_has_a_co_ordinator_who_chooses_the_password(site: Site, another: Callable[[], Visitor]) -> None:
    email = "nieuw.ict@bosrand.example"
    form = {"name": "De Bosrand", "key": "99ZZ00", "first_name": "Iris", "family_name": "Vos", "email": email}
    operator = signed_in(site, OPERATOR)
    page = operator.open("/beheer/scholen").submit(form)
    assert (page.heading, "Iris Vos" in page.words) == ("De Bosrand", True)
    assert "heeft nog geen wachtwoord gekozen" in page.words
    assert operator.open("/beheer/scholen").submit(form | {"key": ""}).status == 422
    (link,) = [link for link in site.mails(email)[0]["links"] if "/uitnodiging/" in link]
    visitor = another()
    visitor.open(link).submit({"password": "hoge bomen aan de rand"})
    page = visitor.open("/leerkracht").submit({"email": email, "password": "hoge bomen aan de rand"})
    assert page.heading == "Stel een tweede stap in"


@pytest.mark.parametrize("field", ["name", "first_name", "family_name", "email"])
def test_a_school_without_what_it_needs_is_not_made(site: Site, field: str) -> None:
    form = {"name": "X", "first_name": "Y", "family_name": "Z", "email": "y.z@x.example"}
    page = signed_in(site, OPERATOR).open("/beheer/scholen").submit(form | {field: "  "})
    assert (page.status, bool(page.problem(field))) == (422, True)


def test_a_school_goes_when_two_operators_say_so(site: Site) -> None:
    home = site.people()["homes"][0]
    child_in = Visitor(site.wsgi)
    assert sign_in_at_home(child_in, home, home["children"][0]).path == "/portaal"
    school, first = school_id(site), signed_in(site, OPERATOR)
    assert "binnen zeven dagen" in step(first, school, "ask").words
    step(first, school, "confirm")
    assert first.open(f"/beheer/scholen/{school}").status == 200, "one operator alone deleted a school"
    page = step(second_operator(site), school, "confirm")
    assert "De school is verwijderd" in page.words
    assert first.open(f"/beheer/scholen/{school}").status == 404
    assert child_in.open("/portaal").path != "/portaal"
    with site.database.read() as db:
        for table in (School, Pupil, Staff):
            column = School.id if table is School else table.__table__.c.school_id
            assert db.execute(select(func.count()).select_from(table).where(column == school)).scalar() == 0
        orphans = select(PAIRWISE_SUBJECT.c.subject).where(
            PAIRWISE_SUBJECT.c.subject == f"pupil:{home['children'][0]['pupil']}"
        )
        assert db.execute(orphans).all() == []
        assert db.execute(select(EmailSlot.id).where(~EmailSlot.pupil_id.in_(select(Pupil.id)))).all() == []
        live = select(SESSION.c.subject).where(SESSION.c.ended_at.is_(None), SESSION.c.subject.like("pupil:%"))
        assert db.execute(live).all() == []
        # A family with a child at another school keeps its account; one with none left is told.
        kept = db.execute(select(HomeAccount.address)).scalars().all()
        assert "familie.elamrani@thuis.example" in kept
        assert home["email"] not in kept
    assert (
        "verwijderd" in site.mails(home["email"])[0]["subject"].lower() + site.mails(home["email"])[0]["text"].lower()
    )


def test_the_other_schools_stay_as_they_are(site: Site) -> None:
    def counts() -> dict[str, int]:
        with site.database.read() as db:
            return {
                table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Base.metadata.sorted_tables
                if table.name in ("school", "school_group", "pupil", "client", "publisher")
            }

    before, school = counts(), school_id(site, "De Vuurvlinder")
    step(signed_in(site, OPERATOR), school, "ask")
    step(second_operator(site), school, "confirm")
    after = counts()
    assert {name: before[name] - after[name] for name in before} == {
        "school": 1, "school_group": 1, "pupil": 4, "client": 0, "publisher": 0,
    }  # fmt: skip


def test_a_request_to_delete_lasts_seven_days_and_can_be_taken_back(site: Site) -> None:
    school = school_id(site, "De Vuurvlinder")
    with frozen(now()) as move:
        first = signed_in(site, OPERATOR)
        step(first, school, "ask")
        step(first, school, "withdraw")
        step(second_operator(site), school, "confirm")
        assert signed_in(site, OPERATOR).open(f"/beheer/scholen/{school}").status == 200
        step(signed_in(site, OPERATOR), school, "ask")
        move(now() + timedelta(days=7))
        visitor = Visitor(site.wsgi)
        visitor.open("/leerkracht").submit({"email": SECOND, "password": PASSWORD}).submit({"otp": otp(site, OPERATOR)})
        step(visitor, school, "confirm")
        assert visitor.open(f"/beheer/scholen/{school}").status == 200


def test_deleting_needs_a_fresh_signin(site: Site) -> None:
    with frozen(now()) as move:
        operator = signed_in(site, OPERATOR)
        move(now() + timedelta(minutes=10))
        for page in (
            step(operator, school_id(site), "ask"),
            operator.open("/beheer/sleutels").submit(form="/beheer/sleutels"),
        ):
            assert page.path == "/leerkracht/bevestig"


def test_an_operator_takes_a_co_ordinators_lost_factor_away_and_no_teachers(site: Site) -> None:
    ict, school = signed_in(site, CARLA), school_id(site)
    operator = signed_in(site, OPERATOR)
    page = operator.open(f"/beheer/scholen/{school}")
    (button,) = page.select("form[action$=tweede-stap] button[name=staff]")
    page.submit(form=f"/beheer/scholen/{school}/tweede-stap", button=f"staff={button.get('value')}")
    assert ict.open("/groepen").path == "/leerkracht"
    assert site.mails(CARLA)[0]["subject"] == "De tweede stap van je account is weggehaald"
    page = Visitor(site.wsgi).open("/leerkracht")
    page = page.submit({"email": CARLA, "password": person(site, CARLA)["password"]})
    assert page.heading == "Stel een tweede stap in"
    token = operator.open("/beheer").select("input[name=csrf_token]")[0].get("value")
    with site.database.read() as db:
        anna = db.execute(select(Staff.id).where(Staff.address == ANNA)).scalar_one()
    form = {"csrf_token": token, "staff": anna}
    assert operator.post(f"/beheer/scholen/{school}/tweede-stap", form).status == 404


def test_an_operator_sends_a_co_ordinator_a_link_and_nobody_else(site: Site, another: Callable[[], Visitor]) -> None:
    operator, school = signed_in(site, OPERATOR), school_id(site)
    page = operator.open(f"/beheer/scholen/{school}")
    (button,) = page.select("form[action$=uitnodiging] button[name=staff]")
    page = page.submit(form=f"/beheer/scholen/{school}/uitnodiging", button=f"staff={button.get('value')}")
    assert "krijgt een mail met een link" in page.words
    (link,) = [link for link in site.mails(CARLA)[0]["links"] if "/uitnodiging/" in link]
    assert another().open(link).submit({"password": "hoge bomen aan de rand"}).status == 200
    with site.database.read() as db:
        anna = db.execute(select(Staff.id).where(Staff.address == ANNA)).scalar_one()
    form = {"csrf_token": page.select("input[name=csrf_token]")[0].get("value"), "staff": anna}
    assert operator.post(f"/beheer/scholen/{school}/uitnodiging", form).status == 404
