"""Which publishers a school works with, and what each sees of a child."""

from sqlalchemy import select

from idp.school.models import Contract
from tests.site import PUBLISHER, Site
from tests.web import families
from tests.web.staff import CARLA, signed_in

WHERE = f"/ict/uitgevers/{PUBLISHER}"


def test_a_publisher_is_turned_off_and_nobody_of_the_school_sees_its_tile(site: Site) -> None:
    carla, child = signed_in(site, CARLA), families.signed_in(site, families.DE_VRIES, "Noor")
    tile = f"a[data-client={PUBLISHER}]"
    assert child.open("/portaal").select(tile)
    page = carla.open(WHERE).submit({"open": "no"}, button="save=yes")
    assert page.select(f"tr[data-client={PUBLISHER}] .nee-nee")
    assert not child.open("/portaal").select(tile)
    noor = families.child(site, families.DE_VRIES, "Noor")
    assert "staat uit" in carla.open(f"{WHERE}?leerling={noor['pupil']}").words
    carla.open(WHERE).submit({"open": "yes"}, button="save=yes")
    assert child.open("/portaal").select(tile)


def test_exactly_what_the_publisher_sees_of_this_child(site: Site) -> None:
    carla, noor = signed_in(site, CARLA), families.child(site, families.DE_VRIES, "Noor")
    page = carla.open(f"{WHERE}?leerling={noor['pupil']}")
    seen = {row.get("data-claim"): row.cssselect("dd")[0].text_content() for row in page.select("[data-claim]")}
    assert set(seen) == {"given_name", "name", "group"}
    assert seen["given_name"] == "Noor"
    assert "Bever" in seen["group"]
    page.submit({"claim": "given_name"}, button="save=yes")
    page = carla.open(f"{WHERE}?leerling={noor['pupil']}")
    assert [row.get("data-claim") for row in page.select("[data-claim]")] != ["eck_id"]


def test_a_claim_that_was_not_asked_for_cannot_be_given(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = carla.open(WHERE)
    hidden = {one.get("name"): one.get("value") for one in page.select("form[method=post] input[type=hidden]")}
    carla.post(WHERE, hidden | {"open": "yes", "claim": ["given_name", "eck_id", "family_name", "email"]})
    with site.database.read() as db:
        assert db.execute(select(Contract.claims).where(Contract.client_id == PUBLISHER)).scalar() == ["given_name"]


def test_the_second_of_two_co_ordinators_is_told(site: Site) -> None:
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    stale = second.open(WHERE)
    first.open(WHERE).submit({"open": "no"}, button="save=yes")
    page = stale.submit({"open": "yes"}, button="save=yes")
    assert page.status == 409
    assert page.select("input[name=open][value=no][checked]")


def test_a_child_of_another_school_or_an_unknown_publisher_is_not_found(site: Site) -> None:
    carla = signed_in(site, CARLA)
    foreign = families.child(site, "familie.elamrani@thuis.example", "Ilyas")["pupil"]
    assert carla.open(f"{WHERE}?leerling={foreign}").status == 404
    assert carla.open("/ict/uitgevers/niets").status == 404
    assert carla.open(WHERE).submit({"open": "misschien"}, button="save=yes").status == 422
