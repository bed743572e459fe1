"""/beheer: who runs the platform, and nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select

from idp.engine.tables import CLIENT
from idp.kernel import audit
from idp.kernel.clock import now
from idp.kernel.outbox import Outbox
from idp.kernel.throttle import LIMITS
from idp.school.models import School
from idp.web.operator import LIMIT_REASONS
from tests.site import PUBLISHER, Site, registration
from tests.visitor import Visitor
from tests.web.staff import ANNA, CARLA, OPERATOR, sign_in, signed_in
from tests.web.test_operator_schools import school_id

PAGES = ("/beheer", "/beheer/scholen", "/beheer/uitgevers", "/beheer/uitgevers/nieuw", "/beheer/sleutels",
         "/beheer/postbus", "/beheer/limieten", "/beheer/logboek")  # fmt: skip
ENTRY = """
client_id = "nieuwe-uitgever"
client_secret = "een-geheim-van-tweeendertig-tekens-lang"
client_name = "Nieuwe uitgever"
redirect_uris = ["https://nieuw.example/terug"]
[sleutelbos]
claims = ["given_name"]
all_schools = true
"""


def test_only_an_operator_finds_anything_here(site: Site, visitor: Visitor) -> None:
    paths = (*PAGES, f"/beheer/scholen/{school_id(site)}", f"/beheer/uitgevers/{PUBLISHER}")
    operator, others = signed_in(site, OPERATOR), [signed_in(site, email) for email in (ANNA, CARLA)]
    for path in paths:
        assert (operator.open(path).status, operator.open(path).path) == (200, path)
        assert [other.open(path).status for other in others] == [404, 404], path
        assert visitor.open(path).path == "/leerkracht"


def test_no_page_of_the_operator_names_a_child(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    for path in (*PAGES, f"/beheer/scholen/{school_id(site)}"):
        text = operator.open(path).text
        assert not any(name in text for name in ("Yılmaz", "Wiśniewski", "familie.devries")), path


def test_the_overview_counts_and_says_that_all_is_well(site: Site) -> None:
    site.deliver()  # the mails of the demo wait since the database was made
    page = signed_in(site, OPERATOR).open("/beheer")
    assert page.select("[data-health=good]")
    with site.database.read() as db:
        assert str(db.execute(select(func.count()).select_from(School)).scalar()) in page.words


def test_the_overview_says_how_much_there_is_and_what_did_not_arrive(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    assert operator.open("/beheer").select("[data-failed='0']")
    with site.database.write() as db:
        row = {"id": "x", "kind": "mail", "state": "failed", "outcome": "550", "attempts": 1, "created_at": now()}
        db.execute(insert(Outbox).values(due_at=now(), ended_at=now(), **row))
        events, recent = audit.count(db), audit.count(db, now() - timedelta(days=1))
    page = operator.open("/beheer")
    assert page.select("[data-failed='1'] a[href='/beheer/postbus']")
    shown = [int(one.text_content()) for one in page.select("[data-grown] dd")]
    assert (shown[0] >= events, shown[1] >= recent, shown[2] > 0) == (True, True, True)


def test_a_publisher_is_added_changed_and_switched_off(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    page = operator.open("/beheer/uitgevers/nieuw").submit({"entry": ENTRY})
    assert "nieuwe-uitgever : toegevoegd" in page.words.replace(":", " :").replace("  ", " ")
    assert "niets veranderd" in page.submit({"entry": ENTRY}).words
    page = operator.open("/beheer/uitgevers/nieuwe-uitgever")
    assert "https://nieuw.example/terug" in page.words
    page = page.submit(button="act=disable")
    assert (page.path, page.select("[data-client=nieuwe-uitgever]")) == ("/beheer/uitgevers", [])
    assert operator.open("/beheer/uitgevers/nieuwe-uitgever").status == 404


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("geen toml", "neither JSON nor TOML"),
        ("[1, 2]", "write one client"),
        ('{"client_id": "x"}', "client_secret"),
        (ENTRY.replace("https://", "ftp://"), "redirect_uris"),
        (ENTRY.replace("given_name", "geheim"), "claims"),
        (ENTRY.replace('["given_name"]', "7"), "claims"),
        ("[" * 5000, "neither"),
        ("", "client_id"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_reason_and_stores_nothing(site: Site, entry: str, said: str) -> None:
    page = signed_in(site, OPERATOR).open("/beheer/uitgevers/nieuw").submit({"entry": entry})
    assert (page.status, said in page.problem("entry")) == (422, True), page.problem("entry")
    with site.database.read() as db:
        assert db.execute(select(func.count()).select_from(CLIENT)).scalar() == 1


def test_a_list_with_one_wrong_entry_stores_none(site: Site) -> None:
    entries = f'[[client]]{ENTRY.replace("[sleutelbos]", "[client.sleutelbos]")}\n[[client]]\nclient_id = "b"\n'
    assert signed_in(site, OPERATOR).open("/beheer/uitgevers/nieuw").submit({"entry": entries}).status == 422
    with site.database.read() as db:
        assert db.execute(select(CLIENT.c.id)).scalars().all() == [PUBLISHER]


def test_a_second_secret_is_shown_once_beside_the_first(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    page = operator.open(f"/beheer/uitgevers/{PUBLISHER}").submit(button="act=secret")
    (secret,) = page.select("[data-secret]")
    assert (secret.text_content()[:3], "nog 7 dagen" in page.words) == ("cs_", True)
    assert not operator.open(f"/beheer/uitgevers/{PUBLISHER}").select("[data-secret]")


def test_the_signin_of_a_publisher_can_be_tried(site: Site) -> None:
    page = signed_in(site, OPERATOR).open(f"/beheer/uitgevers/{PUBLISHER}")
    (link,) = [a for a in page.select("a") if a.get("href", "").startswith(registration()["initiate_login_uri"])]
    assert link.get("href").endswith("?iss=http%3A%2F%2Flocalhost")


def test_keys_are_rotated(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    page = operator.open("/beheer/sleutels")
    assert {row.get("data-key") for row in page.select("[data-key]")} == {"active"}
    page = page.submit(form="/beheer/sleutels")
    assert {row.get("data-key") for row in page.select("[data-key]")} == {"active", "next"}


def test_waiting_mail_is_tried_again_and_what_was_given_up_is_not(site: Site) -> None:
    with site.database.write() as db:
        db.execute(delete(Outbox))
        for identifier, state in (("wacht", "queued"), ("op", "failed")):
            db.execute(insert(Outbox).values(
                id=identifier, kind="mail", ref=f"slot:{identifier}", payload=b"x", state=state, attempts=3,
                created_at=now(), due_at=now() + timedelta(hours=1), outcome="550 no such user",
                ended_at=now() if state == "failed" else None))  # fmt: skip
    page = signed_in(site, OPERATOR).open("/beheer/postbus")
    assert "550 no such user" in page.words
    assert len(page.select("button[name=row]")) == 1
    page = page.submit(button="row=wacht")
    assert "opnieuw geprobeerd" in page.words
    with site.database.read() as db:
        assert db.execute(select(Outbox.due_at).where(Outbox.id == "wacht")).scalar_one() <= now()


def test_every_limit_has_its_reason() -> None:
    assert set(LIMIT_REASONS) == set(LIMITS)


def test_the_log_is_searched_by_code_act_and_day(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    code = operator.open("/beheer/bestaat-niet").headers["X-Support-Code"]
    page = operator.open("/beheer/logboek", query_string={"code": f"{code[:4]}-{code[4:].lower()}"})
    assert (len(page.select("tbody tr")), code in page.words) == (1, True)
    acts = operator.open("/beheer/logboek?act=signin.").select("tbody tr td:nth-child(2)")
    assert acts
    assert all(act.text_content().startswith("signin.") for act in acts)
    with site.database.write() as db:
        audit.record(db, "long.ago", now=now() - timedelta(days=40))
    day = (now() - timedelta(days=40)).strftime("%Y-%m-%d")
    assert "long.ago" in operator.open(f"/beheer/logboek?dag={day}").words
    assert operator.open("/beheer/logboek?dag=2001-01-01").select("tbody tr") == []
    for odd in ("dag=x", "dag=9999-99-99", "dag=9999-12-31", "dag=0001-01-01", "code=%00", "act=%25", "code=' OR 1=1"):
        assert operator.open(f"/beheer/logboek?{odd}").status == 200, odd


def test_the_pages_speak_english(site: Site, visitor: Visitor) -> None:
    sign_in(visitor, site, OPERATOR)
    assert visitor.open("/beheer?lang=en").heading == "Running Sleutelbos"
