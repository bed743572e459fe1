"""/beheer/scholen/ID/samenvoegen: two schools become one, after somebody saw what that means."""

from datetime import timedelta

from sqlalchemy import select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.clock import frozen, now
from idp.school.models import Group, Pupil, School, Staff
from tests.site import Site
from tests.visitor import Page, Visitor, sign_in_at_home
from tests.web.staff import ANNA, CARLA, OPERATOR, signed_in
from tests.web.test_operator_schools import school_id, second_operator

INTO, GONE = "De Vuurvlinder", "De Regenboog"


def plan_page(visitor: Visitor, site: Site) -> Page:
    """What it would mean, reached as a person does."""
    page = visitor.open(f"/beheer/scholen/{school_id(site, INTO)}/samenvoegen")
    (way,) = page.select(f"[data-school='{school_id(site, GONE)}'] a")
    return visitor.open(str(way.get("href")))


def press(page: Page, ticked: list[str]) -> Page:
    """Press the button with these boxes ticked."""
    hidden = {name: page.select(f"form input[name={name}]")[-1].get("value") for name in ("csrf_token", "met", "seen")}
    return page.visitor.post(page.path, hidden | {"confirm": ticked})


def say_yes(page: Page) -> Page:
    """Tick everything, and press the button."""
    return press(page, [str(box.get("value")) for box in page.select("input[name=confirm]")])


def pupils_of(site: Site, name: str) -> set[str]:
    with site.database.read() as db:
        here = select(Pupil.id).join(School, School.id == Pupil.school_id).where(School.name == name)
        return set(db.execute(here).scalars())


def test_a_school_joins_another_and_its_people_notice_little(site: Site) -> None:
    home = site.people()["homes"][0]
    child_in, ict = Visitor(site.wsgi), signed_in(site, CARLA)
    assert sign_in_at_home(child_in, home, home["children"][0]).path == "/portaal"
    before, theirs = pupils_of(site, INTO), pupils_of(site, GONE)
    page = plan_page(signed_in(site, OPERATOR), site)
    assert (page.heading, len(page.select("[data-moves]")) > 2) == ("De Regenboog gaat op in De Vuurvlinder", True)
    assert "Er is nog niets veranderd." in page.words
    assert say_yes(page).words.count("De scholen zijn samengevoegd") == 1
    assert (pupils_of(site, INTO), pupils_of(site, GONE)) == (before | theirs, set())
    assert sign_in_at_home(Visitor(site.wsgi), home, home["children"][0]).path in ("/portaal", "/netwerk")
    with site.database.read() as db:
        acts = db.execute(select(AuditEvent.school_id).where(AuditEvent.act == "school.merged")).scalars().all()
    assert set(acts) == {school_id(site, INTO), school_id(site, GONE)}
    assert "De Vuurvlinder" in ict.open("/ict").text


def test_what_clashes_is_ticked_first(site: Site) -> None:
    with site.database.write() as db:
        into, gone = school_id(site, INTO), school_id(site, GONE)
        name = db.execute(select(Group.name).where(Group.school_id == gone)).scalars().first()
        one = select(Group.id).where(Group.school_id == into).limit(1).scalar_subquery()
        db.execute(update(Group).where(Group.id == one).values(name=name))
    page = plan_page(signed_in(site, OPERATOR), site)
    assert f"Groepen met dezelfde naam: {name}" in page.words
    refused = press(page, [])
    assert (refused.status, "vinkje" in refused.words) == (422, True)
    assert pupils_of(site, GONE)
    assert say_yes(refused).status == 200
    assert pupils_of(site, GONE) == set()


def test_the_second_of_two_operators_is_told_what_changed(site: Site) -> None:
    first, second = signed_in(site, OPERATOR), second_operator(site)
    page, another = plan_page(first, site), plan_page(second, site)
    count = len(pupils_of(site, GONE))
    say_yes(another)
    late = say_yes(page)
    assert late.status == 409
    assert late.select("[data-stale]")
    assert f"eerst {count}, nu 0" in late.words


def test_an_app_of_one_school_is_said_to_close(site: Site) -> None:
    page = plan_page(signed_in(site, OPERATOR), site)
    with site.database.write() as db:
        db.execute(update(School).where(School.name == INTO).values(network="moo"))
        db.execute(update(School).where(School.name == GONE).values(network=None))
    page = press(page, [])
    assert page.status == 409
    assert "MOO" in page.words


def test_merging_needs_a_fresh_sign_in_and_an_operator(site: Site) -> None:
    into = school_id(site, INTO)
    for who in (ANNA, CARLA):
        assert signed_in(site, who).open(f"/beheer/scholen/{into}/samenvoegen").status == 404
    with frozen(now()) as move:
        operator = signed_in(site, OPERATOR)
        assert operator.open(f"/beheer/scholen/{into}/samenvoegen?met={into}").status == 404
        assert operator.open(f"/beheer/scholen/{into}/samenvoegen?met=nergens").status == 404
        page = plan_page(operator, site)
        move(now() + timedelta(minutes=10))
        assert say_yes(page).path == "/leerkracht/bevestig"
    with site.database.read() as db:
        assert db.execute(select(Staff.id).join(School).where(School.name == GONE)).first() is not None
