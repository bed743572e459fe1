"""A child's PIN and password picture: who sees them, one new one at a time, and a new one for everybody."""

import pytest
from sqlalchemy import update

from idp.school.models import Group
from tests.site import Site
from tests.visitor import Page
from tests.web.classroom import Child, children_of
from tests.web.people import gather
from tests.web.staff import ANNA, CARLA, group_of, save, signed_in, unused


def _both_methods(site: Site) -> str:
    """Anna's group, with a PIN at school and a picture at home."""
    group = group_of(site, ANNA)
    with site.database.write() as db:
        db.execute(update(Group).where(Group.id == group).values(login_method="picture", school_method="pin"))
    return group


def _of(site: Site, pupil_id: str) -> Child:
    return next(child for child in children_of(site, "Bever") if child.id == pupil_id)


def test_the_internal_supervisor_sees_no_pin_and_no_password_picture(site: Site) -> None:
    group, cast = _both_methods(site), gather(site)
    children = children_of(site, "Bever")
    fleur = cast.visitor("support")
    page = fleur.open(f"/groepen/{group}")
    assert len(page.select("tr[data-pupil]")) == len(children)
    assert not page.select("td.secret, .pin")
    for child in (children[0], children[-1]):
        one = fleur.open(f"/leerlingen/{child.id}/wijzigen")
        assert one.status == 200
        assert "ziet alleen wie ze mag wijzigen" in one.words
        assert not one.select("[name=new_pin], [name=new_picture], [name=shown_pin], [name=shown_picture], .pin")
        assert not one.select(f"img[src='/plaatjes/{child.picture}.svg']")


@pytest.mark.parametrize("email", [ANNA, CARLA])
def test_the_teacher_and_the_co_ordinator_see_both(site: Site, email: str) -> None:
    group = _both_methods(site)
    child = children_of(site, "Bever")[0]
    visitor = signed_in(site, email)
    for path in (f"/groepen/{group}", f"/leerlingen/{child.id}/wijzigen"):
        page = visitor.open(path)
        assert child.pin in page.words
        assert page.select(f"img[src='/plaatjes/{child.picture}.svg']")


def test_one_child_gets_another_picture_and_keeps_its_pin(site: Site) -> None:
    _both_methods(site)
    pupil_id, where = unused(site)
    before = _of(site, pupil_id)
    page = signed_in(site, ANNA).open(where)
    other = next(
        str(choice.get("value"))
        for choice in page.select("[name=new_picture]")
        if choice.get("value") != before.picture
    )
    save(page, new_picture=other)
    after = _of(site, pupil_id)
    assert (after.picture, after.pin) == (other, before.pin)


def test_one_child_gets_another_pin_and_keeps_its_picture(site: Site) -> None:
    _both_methods(site)
    pupil_id, where = unused(site)
    before = _of(site, pupil_id)
    save(signed_in(site, ANNA).open(where), new_pin="4821")
    after = _of(site, pupil_id)
    assert (after.picture, after.pin) == (before.picture, "4821")


def test_all_of_a_group_get_new_ones_at_once_at_home_and_at_school(site: Site) -> None:
    group = _both_methods(site)
    before = {child.id: child for child in children_of(site, "Bever")}
    page = signed_in(site, ANNA).open(f"/groepen/{group}/nieuwe-codes")
    assert "een nieuwe pincode en een nieuw wachtwoordplaatje" in page.words
    done = page.submit(form=f"/groepen/{group}/nieuwe-codes")
    assert f"{len(before)} leerlingen hebben een nieuwe code" in done.words
    after = children_of(site, "Bever")
    assert sum(child.pin != before[child.id].pin for child in after) > len(before) / 2
    assert sum(child.picture != before[child.id].picture for child in after) > len(before) / 2


def _old_page(site: Site, where: str) -> Page:
    """A page of Carla's, after which Anna changed both secrets."""
    page = signed_in(site, CARLA).open(where)
    theirs = signed_in(site, ANNA).open(where)
    choices = [str(one.get("value")) for one in theirs.select("[name=new_picture]")]
    save(theirs, new_pin="1597", new_picture=choices[3] if choices[3] != _shown(theirs) else choices[4])
    return page


def _shown(page: Page) -> str:
    return str(page.select("[name=shown_picture]")[0].get("value"))


def test_the_second_who_changes_a_secret_is_told_and_may_still_have_it(site: Site) -> None:
    _both_methods(site)
    pupil_id, where = unused(site)
    page = _old_page(site, where)
    mine = next(
        str(one.get("value")) for one in page.select("[name=new_picture]")[7:] if one.get("value") != _shown(page)
    )
    told = save(page, new_pin="7539", new_picture=mine)
    assert told.status == 422
    assert "intussen veranderd" in told.problem("new_pin")
    assert "intussen veranderd" in told.problem("new_picture")
    assert _of(site, pupil_id).pin == "1597"
    save(told)
    assert (_of(site, pupil_id).pin, _of(site, pupil_id).picture) == ("7539", mine)
