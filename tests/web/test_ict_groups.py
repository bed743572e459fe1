"""Groups and pupils by hand."""

from sqlalchemy import select, update

from idp.school.models import Group, Pupil
from tests.site import Site
from tests.visitor import Visitor
from tests.web import families
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, group_of, signed_in, unused


def _made(carla: Visitor) -> str:
    page = carla.open("/ict/groepen").submit({"name": "Otter", "year": "5"}, button="add=yes")
    assert "De groep is er" in page.words
    return page.path


def test_a_group_is_made_filled_renamed_emptied_and_closed(site: Site) -> None:
    carla = signed_in(site, CARLA)
    where = _made(carla)
    page = carla.open(where).submit({"first_name": "Fien", "family_name": "Nieuw"}, button="add_pupil=yes")
    assert "met een plaatje en een pincode" in page.words
    pupil = page.select("[data-pupil] a")[0].get("href")
    assert "nog leerlingen" in page.submit(button="close=yes").words
    page = carla.open(where).submit({"name": "Das", "year": "6"}, button="save=yes")
    assert (page.heading, "Jaargroep 6" in page.words) == ("Das", True)
    assert carla.open(pupil).submit({"group": ""}, button="save=yes").status == 200
    assert "In geen groep" in carla.open("/ict/groepen").words
    assert "1 leerling zit in geen groep" in carla.open("/ict").words
    assert "De groep is gesloten" in carla.open(where).submit(button="close=yes").words
    assert carla.open(where).status == 404


def test_the_teachers_of_a_group_get_it_at_once(site: Site) -> None:
    carla, bram, bever = signed_in(site, CARLA), signed_in(site, BRAM), group_of(site, ANNA)
    assert bram.open(f"/groepen/{bever}").status == 404
    page = carla.open(f"/ict/groepen/{bever}")
    (label,) = [one for one in page.select("label.tick") if "Bram" in one.text_content()]
    teacher = label.cssselect("input")[0].get("value")
    page.submit({"teacher": teacher}, button="save=yes")
    assert bram.open(f"/groepen/{bever}").status == 200


def test_a_pupil_moves_and_leaves(site: Site) -> None:
    carla, noor = signed_in(site, CARLA), families.signed_in(site, families.DE_VRIES, "Noor")
    pupil = str(families.child(site, families.DE_VRIES, "Noor")["pupil"])
    kikker = group_of(site, BRAM)
    page = carla.open(f"/ict/leerlingen/{pupil}").submit({"group": kikker, "first_name": "Noortje"}, button="save=yes")
    assert page.heading == "Noortje de Vries"
    assert signed_in(site, BRAM).open(f"/leerlingen/{pupil}/wijzigen").status == 200
    assert noor.open("/portaal").status == 200
    assert "van school" in page.submit(button="leave=yes").words
    assert noor.open("/portaal").path != "/portaal"
    assert carla.open(f"/ict/leerlingen/{pupil}").status == 404


def test_a_group_of_another_school_is_no_place_for_a_pupil(site: Site) -> None:
    carla, (pupil, _where) = signed_in(site, CARLA), unused(site)
    page = carla.open(f"/ict/leerlingen/{pupil}").submit({"group": group_of(site, DEWI)}, button="save=yes")
    assert page.problem("group")
    with site.database.read() as db:
        assert db.execute(select(Pupil.group_id).where(Pupil.id == pupil)).scalar() == group_of(site, ANNA)


def test_what_is_wrong_is_said_and_nothing_is_made(site: Site) -> None:
    carla = signed_in(site, CARLA)
    for fields in ({"name": "", "year": "1"}, {"name": "A", "year": "9"}, {"name": "x" * 101, "year": "1"}):
        assert carla.open("/ict/groepen").submit(fields, button="add=yes").status == 422
    where = f"/ict/groepen/{group_of(site, ANNA)}"
    assert carla.open(where).submit({"first_name": "", "family_name": "X"}, button="add_pupil=yes").status == 422


def test_the_second_of_two_co_ordinators_is_told(site: Site) -> None:
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    (pupil, _where), bever = unused(site), group_of(site, ANNA)
    where = f"/ict/groepen/{bever}"
    stale = second.open(where)
    first.open(where).submit({"name": "Das"}, button="save=yes")
    page = stale.submit({"name": "Egel"}, button="save=yes")
    assert page.status == 409
    assert page.heading == "Das"
    stale = second.open(f"/ict/leerlingen/{pupil}")
    with site.database.write() as db:
        db.execute(update(Pupil).where(Pupil.id == pupil).values(family_name="Anders"))
    assert stale.submit({"first_name": "X"}, button="save=yes").status == 409
    with site.database.read() as db:
        assert db.execute(select(Group.name).where(Group.id == bever)).scalar() == "Das"


KEYED = {"first_name": "Fien", "family_name": "Nieuw"}


def _key_of(site: Site, pupil_id: str) -> str | None:
    with site.database.read() as db:
        return db.execute(select(Pupil.roster_key).where(Pupil.id == pupil_id)).scalar()


def test_a_pupil_added_by_hand_has_the_number_of_the_administration(site: Site) -> None:
    carla, bever = signed_in(site, CARLA), group_of(site, ANNA)
    page = carla.open(f"/ict/groepen/{bever}")
    assert "staat in de groep" in page.submit({**KEYED, "roster_key": " 2026 17 "}, button="add_pupil=yes").words
    with site.database.read() as db:
        assert db.execute(select(Pupil.roster_key).where(Pupil.first_name == "Fien")).scalar() == "2026 17"
    again = page.submit({**KEYED, "roster_key": "2026 17"}, button="add_pupil=yes")
    assert (again.status, again.problem("roster_key")) == (422, "Dit leerlingnummer is al van Fien Nieuw.")
    assert again.select("details[open] #roster_key")
    for odd in ("=1+1", "a\x07b", "x" * 101):
        refused = page.submit({**KEYED, "roster_key": odd}, button="add_pupil=yes")
        assert "zoals het in de leerlingadministratie staat" in refused.problem("roster_key"), odd


def test_the_number_is_changed_and_taken_away(site: Site) -> None:
    carla, (pupil, _where) = signed_in(site, CARLA), unused(site)
    where = f"/ict/leerlingen/{pupil}"
    page = carla.open(where)
    assert page.select("#roster_key")[0].get("value") == _key_of(site, pupil)
    assert "Gewijzigd" in page.submit({"roster_key": "n-7"}, button="save=yes").words
    assert _key_of(site, pupil) == "n-7"
    taken = carla.open(where).submit({"roster_key": "regenboog-0001"}, button="save=yes")
    assert (taken.status, "is al van" in taken.problem("roster_key")) == (422, True)
    assert taken.select("#roster_key")[0].get("value") == "regenboog-0001"
    carla.open(where).submit({"roster_key": ""}, button="save=yes")
    assert _key_of(site, pupil) is None


def test_a_child_that_comes_back_with_its_number_is_the_same_child(site: Site) -> None:
    carla, (pupil, _where), bever = signed_in(site, CARLA), unused(site), group_of(site, ANNA)
    with site.database.read() as db:
        first, family, key = db.execute(
            select(Pupil.first_name, Pupil.family_name, Pupil.roster_key).where(Pupil.id == pupil)
        ).one()
    carla.open(f"/ict/leerlingen/{pupil}").submit(button="leave=yes")
    page = carla.open(f"/ict/groepen/{bever}")
    other = page.submit({**KEYED, "roster_key": key}, button="add_pupil=yes")
    assert "die van school is gegaan" in other.problem("roster_key")
    back = {"first_name": first, "family_name": family, "roster_key": key}
    assert "staat in de groep" in page.submit(back, button="add_pupil=yes").words
    with site.database.read() as db:
        [row] = db.execute(select(Pupil.id, Pupil.left_at).where(Pupil.roster_key == key)).all()
    assert tuple(row) == (pupil, None)


def test_a_group_of_special_education_has_an_s_wherever_it_stands(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = carla.open("/ict/groepen").submit({"name": "Geel", "year": "S"}, button="add=yes")
    assert "Jaargroep S" in page.words
    page.submit({**KEYED}, button="add_pupil=yes")
    assert page.select("select[name=year] option[selected]")[0].get("value") == "S"
    for path in ("/groepen", page.path.removeprefix("/ict")):
        assert "Jaargroep S" in carla.open(path).words, path
    groups = carla.open("/ict/groepen").select("tbody tr")
    assert [cell.text_content() for cell in groups[-1].cssselect("td")][:2] == ["Geel", "S"]
