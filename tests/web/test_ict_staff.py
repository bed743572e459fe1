"""The ICT co-ordinator's staff: adding, inviting, changing, ending."""

from datetime import timedelta

from sqlalchemy import insert, select, update

from idp.engine.tables import SESSION
from idp.kernel import audit
from idp.kernel.clock import now
from idp.school.models import Staff, StaffFactor, StaffGroup
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, CARLA, DEWI, group_of, sign_in, signed_in

FLEUR = "fleur.groen@regenboog.example"
GOOD = "vijf groene kikkers"


def _id(site: Site, email: str) -> str:
    with site.database.read() as db:
        return str(db.execute(select(Staff.id).where(Staff.address == email)).scalar_one())


def _add(visitor: Visitor, **fields: str) -> Page:
    given = {"first_name": "Fleur", "family_name": "Groen", "email": FLEUR, "role": "teacher"} | fields
    return visitor.open("/ict/medewerkers/nieuw").submit(given)


def _link(site: Site, email: str = FLEUR) -> str:
    return str(site.mails(email)[0]["links"][0]).removeprefix(site.issuer)


def test_a_new_colleague_gets_a_mail_and_chooses_the_password(site: Site) -> None:
    carla, bever = signed_in(site, CARLA), group_of(site, ANNA)
    page = _add(carla, group=bever)
    assert "Er gaat een mail" in page.words
    assert page.select(f"tr[data-staff='{_id(site, FLEUR)}']")
    link, fleur = _link(site), Visitor(site.wsgi)
    for _ in range(3):
        assert fleur.open(link).heading == "Kies een wachtwoord"  # a mail scanner spends nothing
    assert fleur.open(link).submit({"password": "kort"}).problem("password")
    assert fleur.open(link).submit({"password": "fleur groen 2025"}).problem("password")
    assert fleur.open(link).submit({"password": GOOD}).heading == "Je wachtwoord is bewaard"
    assert fleur.open("/groepen").path == "/leerkracht"  # the link signs nobody in
    assert fleur.open("/leerkracht").submit({"email": FLEUR, "password": GOOD}).path == "/groepen"
    assert "Bever" in fleur.open("/groepen").words
    assert fleur.open(link).heading == "Deze link is al gebruikt"
    assert fleur.open("/uitnodiging/iets").status == 404


def test_nobody_chooses_a_password_for_somebody_else(site: Site) -> None:
    carla = signed_in(site, CARLA)
    _add(carla)
    page = carla.open(f"/ict/medewerkers/{_id(site, ANNA)}")
    assert not page.select("input[type=password]")
    token = page.select("input[name=csrf_token]")[-1].get("value")
    fields = {"csrf_token": token, "password": GOOD, "password_hash": "x", "save": "yes"}
    carla.post(f"/ict/medewerkers/{_id(site, ANNA)}", fields)
    assert sign_in(Visitor(site.wsgi), site, ANNA).path == "/groepen"


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_kept(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = _add(carla, first_name=" ", family_name="a\x07", email="fleur@", role="operator")
    assert page.status == 422
    assert all(page.problem(name) for name in ("first_name", "family_name", "email", "role"))
    assert "al van iemand anders" in _add(carla, email=DEWI).problem("email")
    with site.database.read() as db:
        assert db.execute(select(Staff.id).where(Staff.first_name == "Fleur")).first() is None


def test_another_role_counts_at_the_next_request(site: Site) -> None:
    carla, anna = signed_in(site, CARLA), signed_in(site, ANNA)
    where = f"/ict/medewerkers/{_id(site, ANNA)}"
    assert "Gewijzigd" in carla.open(where).submit({"role": "support"}, button="save=yes").words
    assert anna.open(f"/groepen/{group_of(site, 'meester.bram@regenboog.example')}").status == 200
    assert not anna.open(f"/leerlingen/{site.people()['unused']['pupil']}/wijzigen").select("[name=new_pin]")


def test_the_second_of_two_co_ordinators_is_told(site: Site) -> None:
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    where = f"/ict/medewerkers/{_id(site, ANNA)}"
    stale = second.open(where)
    first.open(where).submit({"role": "support"}, button="save=yes")
    page = stale.submit({"role": "ict"}, button="save=yes")
    assert page.status == 409
    assert page.select("[data-changed]")
    assert page.select("input[value=support][checked]")


def test_who_stops_is_out_at_once(site: Site) -> None:
    carla, anna = signed_in(site, CARLA), signed_in(site, ANNA)
    assert anna.open(f"/groepen/{group_of(site, ANNA)}").status == 200
    assert "Gestopt" in carla.open(f"/ict/medewerkers/{_id(site, ANNA)}").submit(button="end=yes").words
    assert anna.open("/groepen").path == "/leerkracht"
    with site.database.read() as db:
        assert db.execute(select(StaffGroup).where(StaffGroup.staff_id == _id(site, ANNA))).first() is None


def test_the_last_co_ordinator_cannot_stop_or_step_down(site: Site) -> None:
    carla = signed_in(site, CARLA)
    where = f"/ict/medewerkers/{_id(site, CARLA)}"
    page = carla.open(where).submit(button="end=yes")
    assert page.status == 422
    assert "altijd een ICT-coördinator" in page.words
    assert carla.open(where).submit({"role": "teacher"}, button="save=yes").status == 422
    assert carla.open("/ict").status == 200


def _with_app(site: Site, email: str) -> str:
    """The id of a colleague, who has an app for the second step."""
    staff_id = _id(site, email)
    with site.database.write() as db:
        values = {"staff_id": staff_id, "kind": "totp", "secret": b"", "name": "App", "created_at": now(), "counter": 0}
        db.execute(insert(StaffFactor).values(id="an-app", **values))
    return staff_id


def test_a_colleague_who_lost_the_second_step_gets_another(site: Site) -> None:
    carla, anna = signed_in(site, CARLA), _with_app(site, ANNA)
    page = carla.open(f"/ict/medewerkers/{anna}")
    assert "krijgt daar een mail over" in page.words
    assert "De tweede stap is weg" in page.submit(button="factors=yes").words
    with site.database.read() as db:
        assert db.execute(select(StaffFactor).where(StaffFactor.staff_id == anna)).first() is None
        [(_at, _act, actor, _thing, _facts)] = [
            event for event in audit.of_subject(db, f"staff:{anna}") if event[1] == "factor.reset"
        ]
    assert actor == f"staff:{_id(site, CARLA)}"
    assert site.mails(ANNA)[0]["subject"] == "De tweede stap van je account is weggehaald"


def test_a_colleague_without_a_second_step_has_none_to_lose(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = carla.open(f"/ict/medewerkers/{_id(site, ANNA)}").submit(button="factors=yes")
    assert (page.status, "heeft geen tweede stap" in page.words) == (422, True)
    assert not site.mails(ANNA)


def test_nobody_takes_the_own_second_step_away_here(site: Site) -> None:
    carla, own = signed_in(site, CARLA), _id(site, CARLA)
    page = carla.open(f"/ict/medewerkers/{own}")
    assert not page.select("button[name=factors]")
    token = page.select("input[name=csrf_token]")[-1].get("value")
    assert carla.post(page.path, {"csrf_token": token, "factors": "yes"}).status == 404
    with site.database.read() as db:
        assert db.execute(select(StaffFactor).where(StaffFactor.staff_id == own)).first() is not None


def test_nor_that_of_somebody_at_another_school(site: Site) -> None:
    carla, dewi = signed_in(site, CARLA), _with_app(site, DEWI)
    token = carla.open("/ict/medewerkers/nieuw").select("input[name=csrf_token]")[-1].get("value")
    assert carla.post(f"/ict/medewerkers/{dewi}", {"csrf_token": token, "factors": "yes"}).status == 404
    with site.database.read() as db:
        assert db.execute(select(StaffFactor).where(StaffFactor.staff_id == dewi)).first() is not None


def test_t31_fields_that_the_form_does_not_have_change_nothing(site: Site) -> None:
    carla, anna = signed_in(site, CARLA), _id(site, ANNA)
    page = carla.open(f"/ict/medewerkers/{anna}")
    values = {element.get("name"): element.get("value") for element in page.select("form input[type=hidden]")}
    with site.database.read() as db:
        before = db.execute(select(Staff).where(Staff.id == anna)).one()
    extra = {"school_id": "x", "id": "y", "address": "z@z.example", "password_hash": "x", "ended_at": str(now())}
    carla.post(page.path, values | extra | {"role": "teacher", "save": "yes", "group": group_of(site, ANNA)})
    with site.database.read() as db:
        assert db.execute(select(Staff).where(Staff.id == anna)).one() == before


def test_a_sign_in_of_a_while_ago_is_confirmed_first(site: Site) -> None:
    carla = signed_in(site, CARLA)
    with site.database.write() as db:
        db.execute(update(SESSION).values(auth_time=now() - timedelta(minutes=11)))
    page = carla.open(f"/ict/medewerkers/{_id(site, ANNA)}")
    assert page.path == "/leerkracht/bevestig"
    assert carla.open("/ict/medewerkers").status == 200
