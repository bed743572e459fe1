"""How a group signs in, at school and at home, and the code for a child that lost what it shows."""

from datetime import timedelta

import pytest

from idp.kernel.clock import frozen, now
from idp.school import pupils
from tests.site import Site
from tests.web.classroom import a_tablet, at_tile, children_of
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, EVA, OPERATOR, group_of, signed_in


def methods_of(site: Site, group_id: str) -> tuple[str, str]:
    """At school, at home."""
    with site.database.read() as db:
        group = pupils.group_by_id(db, group_id)
    assert group is not None
    return group.school_method, group.login_method


def test_a_teacher_chooses_for_school_and_for_home_apart(site: Site) -> None:
    anna, child = signed_in(site, ANNA), children_of(site, "Bever")[0]
    page = anna.open(f"/groepen/{child.group}")
    assert page.select(f"a[href='/groepen/{child.group}/inloggen']")
    page = anna.open(f"/groepen/{child.group}/inloggen")
    saved = page.submit({"school_method": "picture", "login_method": "none"})
    assert "Gewijzigd." in saved.words
    assert methods_of(site, child.group) == ("picture", "none")
    page = at_tile(a_tablet(site), child)
    assert page.submit(button=f"picture={child.picture}").path == "/portaal"
    shown = anna.open(f"/leerlingen/{child.id}/wijzigen")
    assert shown.select(f"img[src='/plaatjes/{child.picture}.svg']")
    assert child.pin not in shown.text


def test_a_new_pin_counts_where_the_pin_is_for_school_alone(site: Site) -> None:
    bram, child = signed_in(site, BRAM), children_of(site, "Kikker")[0]
    bram.open(f"/groepen/{child.group}/inloggen").submit({"school_method": "pin", "login_method": "picture"})
    page = bram.open(f"/leerlingen/{child.id}/wijzigen")
    assert page.select(".pin")[0].text_content() == child.pin
    page.submit({"new_pin": "7391"}, button="save=yes")
    assert at_tile(a_tablet(site), child).submit({"pin": "7391"}).path == "/portaal"


@pytest.mark.parametrize("form", [{"school_method": "telepathy"}, {"login_method": "badge"}])
def test_what_is_no_method_changes_nothing(site: Site, form: dict[str, str]) -> None:
    anna, group = signed_in(site, ANNA), group_of(site, ANNA)
    token = anna.open(f"/groepen/{group}/inloggen").select("input[name=csrf_token]")[0].get("value")
    asked = {"csrf_token": token, "school_method": "none"} | form
    assert anna.post(f"/groepen/{group}/inloggen", asked).status == 422
    assert methods_of(site, group) == ("pin", "pin")


def test_a_teacher_makes_a_code_and_the_child_is_in_once(site: Site) -> None:
    anna, child, tablet = signed_in(site, ANNA), children_of(site, "Bever")[0], a_tablet(site)
    page = anna.open(f"/leerlingen/{child.id}/wijzigen")
    page = anna.open(page.select("a[href$='/noodcode']")[0].get("href")).submit(button="make=yes")
    (code,) = page.select("output")
    at_tile(tablet, child)
    entry = tablet.open(f"/school?pupil={child.id}&code=ja")
    assert entry.submit({"code": code.text_content()}).heading == f"Hoi {child.first_name}"
    assert tablet.open(entry.url).submit({"code": code.text_content()}).status == 422


def test_a_code_is_worth_nothing_after_twenty_minutes(site: Site) -> None:
    with frozen(now()) as move:
        anna, child, tablet = signed_in(site, ANNA), children_of(site, "Bever")[0], a_tablet(site)
        page = anna.open(f"/leerlingen/{child.id}/noodcode").submit(button="make=yes")
        code = page.select("output")[0].text_content()
        move(now() + timedelta(minutes=20))
        assert tablet.open(f"/school?pupil={child.id}&code=ja").submit({"code": code}).status == 422


@pytest.mark.parametrize(("who", "status"), [(ANNA, 200), (CARLA, 200), (BRAM, 404), (DEWI, 404), (OPERATOR, 404)])
def test_whose_group_it_is_chooses_and_makes_codes(site: Site, who: str, status: int) -> None:
    browser, child = signed_in(site, who), children_of(site, "Bever")[0]
    token = browser.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    for path in (f"/groepen/{child.group}/inloggen", f"/leerlingen/{child.id}/noodcode"):
        assert browser.open(path).status == status
        assert browser.post(path, {"csrf_token": token, "school_method": "none"}).status == status
    assert methods_of(site, child.group) == ("none" if status == 200 else "pin", "pin")


def test_a_school_in_a_network_environment_makes_no_codes_and_says_why_the_choice_waits(site: Site) -> None:
    eva, group = signed_in(site, EVA), group_of(site, EVA)
    assert "MOO" in eva.open(f"/groepen/{group}/inloggen").words
    child = eva.open(f"/groepen/{group}").select("tr[data-pupil]")[0].get("data-pupil")
    assert eva.open(f"/leerlingen/{child}/noodcode").status == 404
    assert not eva.open(f"/leerlingen/{child}/wijzigen").select("a[href$='/noodcode']")
