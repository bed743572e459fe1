"""New PINs and pictures: for a whole group at once, and a picture for one child."""

import pytest
from sqlalchemy import select, update

from idp.school import child_secrets
from idp.school.child_secrets import Sealed
from idp.school.models import Group, Pupil
from tests.site import Site
from tests.visitor import Visitor, sign_in_at_home
from tests.web.staff import ANNA, BRAM, DEWI, OPERATOR, group_of, signed_in


def where(site: Site) -> str:
    return f"/groepen/{group_of(site, ANNA)}/nieuwe-codes"


def pins(site: Site) -> dict[str, str]:
    with site.database.read() as db:
        rows = db.execute(
            select(Pupil.id, Pupil.pin, Pupil.secret_picture).where(Pupil.group_id == group_of(site, ANNA))
        )
        return {row.id: child_secrets.pin_of(site.keyring, Sealed(*row)) for row in rows}


def test_all_pins_are_new_and_everybody_is_signed_out_after_a_yes(site: Site, visitor: Visitor) -> None:
    home = site.people()["homes"][0]
    assert sign_in_at_home(visitor, home, home["children"][0]).path == "/portaal"
    before = pins(site)
    page = signed_in(site, ANNA).open(where(site))
    assert "krijgen een nieuwe pincode" in page.words
    assert pins(site) == before  # looking changes nothing
    done = page.submit(button="renew=yes")
    assert "30 leerlingen hebben een nieuwe code" in done.words
    after = pins(site)
    assert sum(after[pupil] != pin for pupil, pin in before.items()) >= 28  # one in ten thousand stays by chance
    shown = {row.get("data-pupil"): row.cssselect(".pin")[0].text_content() for row in done.select("tr[data-pupil]")}
    assert shown == after
    assert visitor.open("/portaal").path != "/portaal"


def test_a_group_without_codes_has_nothing_to_renew(site: Site) -> None:
    visitor, before = signed_in(site, ANNA), pins(site)
    page = visitor.open(where(site))
    with site.database.write() as db:
        values = {"login_method": "none", "school_method": "badge"}
        db.execute(update(Group).where(Group.id == group_of(site, ANNA)).values(values))
    assert "niets om te vernieuwen" in page.submit(button="renew=yes").words
    assert pins(site) == before


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR])
def test_nobody_else_makes_new_codes(site: Site, email: str) -> None:
    visitor, before = signed_in(site, email), pins(site)
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    assert visitor.open(where(site)).status == 404
    assert visitor.post(where(site), {"csrf_token": token, "renew": "yes"}).status == 404
    assert pins(site) == before


def a_picture_child(site: Site) -> tuple[dict[str, object], dict[str, str]]:
    """A home and its child that chooses a picture, in a group of Bram's."""
    return next(
        (home, child) for home in site.people()["homes"] for child in home["children"] if child["method"] == "picture"
    )


def test_one_child_gets_another_picture_and_is_signed_out(site: Site, visitor: Visitor) -> None:
    home, child = a_picture_child(site)
    assert sign_in_at_home(visitor, home, child).path == "/portaal"
    edit = f"/leerlingen/{child['pupil']}/wijzigen"
    other = "moon" if child["secret"] != "moon" else "sun"
    teacher = signed_in(site, BRAM)
    teacher.open(edit).submit({"new_picture": child["secret"]}, button="save=yes")
    assert visitor.open("/portaal").path == "/portaal"  # the same again signs nobody out
    done = teacher.open(edit).submit({"new_picture": other}, button="save=yes")
    assert "Gewijzigd" in done.words
    assert visitor.open("/portaal").path != "/portaal"
    assert f"/plaatjes/{other}.svg" in teacher.open(edit).select("dl.now img")[0].get("src")


def test_a_picture_that_is_none_is_refused(site: Site) -> None:
    _home, child = a_picture_child(site)
    edit = f"/leerlingen/{child['pupil']}/wijzigen"
    page = signed_in(site, BRAM).open(edit)
    form = next(form for form in page.tree.forms if "save" in {field.get("name") for field in form.cssselect("button")})
    for wrong in ("dog", "nothing", "../moon"):
        answer = page.visitor.post(edit, dict(form.form_values()) | {"new_picture": wrong, "save": "yes"})
        assert (answer.status, answer.problem("new_picture")) == (422, "Kies een van de plaatjes.")
    assert f"/plaatjes/{child['secret']}.svg" in page.visitor.open(edit).select("dl.now img")[0].get("src")


def test_another_way_of_signing_in_signs_nobody_out(site: Site, visitor: Visitor) -> None:
    home = site.people()["homes"][0]
    assert sign_in_at_home(visitor, home, home["children"][0]).path == "/portaal"
    teacher = signed_in(site, ANNA)
    group = teacher.open(f"/groepen/{group_of(site, ANNA)}")
    (link,) = group.select("a[href$='/inloggen']")
    teacher.open(link.get("href")).submit({"login_method": "picture", "school_method": "badge"}, button="save=yes")
    assert visitor.open("/portaal").path == "/portaal"
