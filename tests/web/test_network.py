"""/netwerk without an environment that answers, and /ict/netwerk: a school goes to an environment and back."""

from typing import Any

import pytest
from sqlalchemy import select, update

from idp.kernel import audit
from idp.school import networks
from idp.school.models import Pupil, School
from tests.site import Site
from tests.visitor import Visitor, sign_in_at_home
from tests.web.staff import ANNA, CARLA, DEWI, EVA, OPERATOR, group_of, signed_in

PAGE = "/ict/netwerk"


def environment(slug: str = "moo", **more: Any) -> dict[str, Any]:
    """An environment of which nobody answers."""
    entry: dict[str, Any] = {
        "slug": slug,
        "name": networks.NETWORKS[slug],
        "issuer": f"https://{slug}.example",
        "client_id": "sleutelbos",
        "token_endpoint_auth_method": "client_secret_basic",
        "client_secret": "a-secret-of-thirty-two-characters",
        "pupil_key": "sub",
    }
    return entry | more


def _way(site: Site, name: str = "De Regenboog") -> networks.Way:
    with site.database.read() as db:
        return networks.way_of(db, db.execute(select(School.id).where(School.name == name)).scalar_one())


def test_without_environments_the_page_says_so(visitor: Visitor) -> None:
    page = visitor.open("/netwerk")
    assert "nog geen omgeving aangesloten" in page.words
    assert not page.select("a[data-network]")


def test_the_environments_that_were_imported_are_tiles(site: Site, visitor: Visitor) -> None:
    site.connect(environment("onlineklas"), environment("moo"))
    tiles = visitor.open("/netwerk").select("a[data-network]")
    assert [tile.get("href") for tile in tiles] == ["/netwerk/moo/begin", "/netwerk/onlineklas/begin"]


@pytest.mark.parametrize("start", ["/", "/thuis"])
def test_only_who_needs_it_is_asked_which_school(visitor: Visitor, start: str) -> None:
    page = visitor.open(start)
    (link,) = page.select("a[href='/netwerk']")
    assert "MOO" in link.text_content()
    assert "Prowise" not in page.text


@pytest.mark.parametrize("path", ["begin", "terug?state=x&code=y", "uitgelogd"])
def test_an_environment_that_was_not_imported(visitor: Visitor, path: str) -> None:
    page = visitor.open(f"/netwerk/moo/{path}")
    assert (page.status, page.heading) == (404, "MOO werkt hier nog niet")
    assert page.select("code[data-support]")
    assert visitor.open(f"/netwerk/nergens/{path}").heading == "Deze pagina is er niet"


def test_an_environment_without_an_address_is_a_page(site: Site, visitor: Visitor) -> None:
    site.connect(environment(issuer="https://moo.invalid"))
    page = visitor.open("/netwerk/moo/begin")
    assert (page.status, page.heading) == (503, "MOO geeft geen antwoord")
    assert [a.get("href") for a in page.select(".actions a")] == ["/netwerk/moo/begin", "/thuis"]
    assert "MOO does not answer" in visitor.open("/netwerk/moo/begin?lang=en").words


def test_the_address_of_an_environment_is_never_inside(site: Site, visitor: Visitor) -> None:
    """SSRF: a name that leads into our own network is not called, however it is configured."""
    site.connect(environment(issuer="https://10.0.0.1"))
    assert visitor.open("/netwerk/moo/begin").status == 503


def test_an_answer_that_nobody_asked_for(site: Site, visitor: Visitor) -> None:
    site.connect(environment())
    page = visitor.open("/netwerk/moo/terug?state=st_x&code=y&iss=https://moo.example")
    assert (page.status, page.heading) == (400, "Begin opnieuw met inloggen")


def test_a_logout_call_needs_no_form_token_and_believes_nothing(site: Site, visitor: Visitor) -> None:
    site.connect(environment())
    answer = visitor.ask("POST", "/netwerk/moo/backchannel", data={"logout_token": "x"})
    assert answer.status in (400, 503)
    assert answer.headers["Cache-Control"] == "no-store"
    assert visitor.ask("POST", "/netwerk/moo/backchannel", data={}).status == 400


def test_ict_takes_a_school_to_an_environment_and_back(site: Site, visitor: Visitor) -> None:
    site.connect(environment())
    home = site.people()["homes"][0]
    sign_in_at_home(visitor, home, home["children"][0])
    ict, anna = signed_in(site, CARLA), signed_in(site, ANNA)
    before = anna.open(f"/groepen/{group_of(site, ANNA)}")
    page = ict.open(PAGE).submit({"network": "moo"})
    assert "Bewaard" in page.words
    assert _way(site) == networks.Way("moo", False)
    assert visitor.open("/portaal").path != "/portaal"
    assert "Bij dit account hoort nog geen kind" in visitor.open("/thuis/kind").words
    during = anna.open(f"/groepen/{group_of(site, ANNA)}")
    assert "loggen in via MOO" in during.words
    pupil = during.select("tr[data-pupil]")[0].get("data-pupil")
    edit = anna.open(f"/leerlingen/{pupil}/wijzigen")
    assert "Niet van toepassing" in edit.words
    assert not edit.select("#email_1")
    ict.open(PAGE).submit({"network": ""})
    assert (
        anna.open(f"/groepen/{group_of(site, ANNA)}").select("td[data-home]")[3].text_content()
        == before.select("td[data-home]")[3].text_content()
    )
    assert sign_in_at_home(visitor, home, home["children"][0]).path == "/portaal"


def test_the_direct_way_stays_open_where_the_school_says_so(site: Site, visitor: Visitor) -> None:
    site.connect(environment())
    signed_in(site, CARLA).open(PAGE).submit({"network": "moo", "direct_too": "yes"})
    assert _way(site) == networks.Way("moo", True)
    home = site.people()["homes"][0]
    assert sign_in_at_home(visitor, home, home["children"][0]).path == "/portaal"


def test_what_was_done_is_written_down(site: Site) -> None:
    site.connect(environment())
    signed_in(site, CARLA).open(PAGE).submit({"network": "moo"})
    with site.database.read() as db:
        school_id = db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one()
        ((_at, _act, facts),) = audit.history(db, f"school:{school_id}", ["network.changed"])
    assert facts == {"before": None, "after": "moo", "direct_too": False}


def test_two_at_once_the_second_is_told(site: Site) -> None:
    site.connect(environment("moo"), environment("cloudwise"))
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    stale = second.open(PAGE)
    first.open(PAGE).submit({"network": "moo"})
    page = stale.submit({"network": "cloudwise"})
    assert page.status == 409
    assert page.select("[data-changed]")
    assert _way(site) == networks.Way("moo", False)


@pytest.mark.parametrize("slug", ["cloudwise", "nergens", "MOO"])
def test_an_environment_that_cannot_be_chosen(site: Site, slug: str) -> None:
    site.connect(environment())
    ict = signed_in(site, CARLA)
    page = ict.open(PAGE)
    token = page.select("input[name=csrf_token]")[0].get("value")
    assert ict.post(PAGE, {"csrf_token": token, "was": "", "network": slug}).status == 422
    assert _way(site) == networks.Way(None)


def test_who_could_not_be_found_by_key_is_counted(site: Site) -> None:
    ict = signed_in(site, CARLA)
    assert not ict.open(PAGE).select("[data-without]")
    with site.database.write() as db:
        some = db.execute(select(Pupil.id).where(Pupil.roster_key.like("regenboog-%")).limit(2)).scalars().all()
        db.execute(update(Pupil).where(Pupil.id.in_(some)).values(roster_key=None))
    assert ict.open(PAGE).select("[data-without]")[0].text_content().startswith("2 leerlingen")


@pytest.mark.parametrize("email", [ANNA, DEWI, EVA, OPERATOR])
def test_it_is_ict_alone_who_decides(site: Site, email: str) -> None:
    assert signed_in(site, email).open(PAGE).status == 404


def test_nobody_at_all(visitor: Visitor) -> None:
    assert visitor.open(PAGE).path == "/leerkracht"
