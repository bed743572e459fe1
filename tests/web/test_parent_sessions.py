"""/ouder: where the account is signed in, with what and roughly from where."""

from tests.site import Site
from tests.visitor import Visitor
from tests.web.families import DE_VRIES, home, open_tiles

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def test_a_browser_is_told_by_its_family_and_a_rough_network(site: Site, visitor: Visitor) -> None:
    there = Visitor(site.wsgi, address="82.168.44.9")
    token = there.open("/thuis").select("input[name=csrf_token]")[0].get("value")
    form = {"email": DE_VRIES, "password": home(site, DE_VRIES)["password"], "csrf_token": str(token)}
    there.post("/thuis", form, headers={"User-Agent": FIREFOX})
    open_tiles(visitor, site, DE_VRIES)
    here, other = visitor.open("/ouder").select("#browsers ~ .rows li")
    assert "Dit apparaat" in here.text_content()
    assert "Firefox, Windows" in other.text_content()
    assert "82.168.x.x" in other.text_content()
    assert "82.168.44" not in visitor.open("/ouder").text
    assert "sinds" in other.text_content()


def test_ending_it_there_signs_it_out_there_and_not_here(site: Site, visitor: Visitor) -> None:
    there = Visitor(site.wsgi)
    open_tiles(there, site, DE_VRIES)
    open_tiles(visitor, site, DE_VRIES)
    page = visitor.open("/ouder")
    key = page.select("button[name=browser]")[0].get("value")
    after = page.submit(button=f"browser={key}")
    assert "Dat apparaat is uitgelogd" in after.words
    assert there.open("/ouder").path == "/thuis"
    assert visitor.open("/ouder").path == "/ouder"
