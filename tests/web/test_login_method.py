"""/groepen/ID/inlogmethode: how the children of a group show who they are, at home and at school."""

import pytest
from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.school.models import Group
from tests.site import Site
from tests.visitor import Visitor, sign_in_at_home
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, EVA, OPERATOR, group_of, signed_in


def where(site: Site, email: str = ANNA) -> str:
    return f"/groepen/{group_of(site, email)}/inlogmethode"


def methods(site: Site) -> tuple[str, str]:
    with site.database.read() as db:
        columns = (Group.login_method, Group.school_method)
        return tuple(db.execute(select(*columns).where(Group.id == group_of(site, ANNA))).one())


def test_home_and_school_change_apart_and_who_is_in_stays_in(site: Site, visitor: Visitor) -> None:
    home = site.people()["homes"][0]
    assert sign_in_at_home(visitor, home, home["children"][0]).path == "/portaal"
    page = signed_in(site, ANNA).open(where(site))
    assert [field.get("value") for field in page.select("input[checked]")] == list(reversed(methods(site)))
    done = page.submit({"login_method": "picture", "school_method": "badge"}, button="save=yes")
    assert "login methode van deze groep is gewijzigd" in done.words
    assert methods(site) == ("picture", "badge")
    assert visitor.open("/portaal").path == "/portaal"
    with site.database.read() as db:
        events = db.execute(select(AuditEvent.act, AuditEvent.facts).where(AuditEvent.act.like("group.%method"))).all()
    assert sorted((event.act, event.facts["method"]) for event in events) == [
        ("group.login_method", "picture"),
        ("group.school_method", "badge"),
    ]


def test_saving_what_stands_writes_nothing_down(site: Site) -> None:
    before = methods(site)
    signed_in(site, ANNA).open(where(site)).submit(button="save=yes")
    with site.database.read() as db:
        assert not db.execute(select(AuditEvent.id).where(AuditEvent.act.like("group.%method"))).all()
    assert methods(site) == before


@pytest.mark.parametrize(
    ("field", "value"), [("login_method", "badge"), ("login_method", ""), ("school_method", "fingerprint")]
)
def test_a_way_that_there_is_not_is_refused_and_nothing_changes(site: Site, field: str, value: str) -> None:
    before = methods(site)
    page = signed_in(site, ANNA).open(where(site))
    other = {"school_method": "none"} if field == "login_method" else {"login_method": "none"}
    answer = page.visitor.post(where(site), dict(page.tree.forms[-1].form_values()) | other | {field: value})
    assert (answer.status, methods(site)) == (422, before)


def test_every_way_says_what_it_means(site: Site) -> None:
    page = signed_in(site, ANNA).open(where(site))
    for choice in page.select("label.way"):
        assert choice.cssselect("small")[0].text_content().strip().endswith(".")
    assert len(page.select("label.way")) == 7
    assert "secret picture" in signed_in(site, ANNA).open(f"{where(site)}?lang=en").words


def test_it_works_for_the_co_ordinator_and_for_a_school_in_a_network(site: Site) -> None:
    for email, path in ((CARLA, where(site)), (EVA, where(site, EVA))):
        assert signed_in(site, email).open(path).submit(button="save=yes").status == 200


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR])
def test_nobody_else_finds_the_page(site: Site, email: str) -> None:
    visitor, before = signed_in(site, email), methods(site)
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    assert visitor.open(where(site)).status == 404
    fields = {"csrf_token": token, "login_method": "none", "school_method": "none", "save": "yes"}
    assert (visitor.post(where(site), fields).status, methods(site)) == (404, before)
