"""/beheer: who runs the platform, and nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select

from idp.engine.tables import CLIENT, PAIRWISE_SUBJECT, SESSION
from idp.kernel import audit
from idp.kernel.clock import frozen, now
from idp.kernel.db import Base
from idp.kernel.outbox import Outbox
from idp.kernel.secrets import Passwords, new_id
from idp.kernel.throttle import LIMITS
from idp.school.models import EmailSlot, HomeAccount, Pupil, School, Staff, StaffFactor
from idp.web.operator import LIMIT_REASONS
from tests import builders
from tests.site import PUBLISHER, Site, registration
from tests.visitor import Page, Visitor, sign_in_at_home
from tests.web.staff import ANNA, CARLA, OPERATOR, otp, person, sign_in, signed_in

PAGES = ("/beheer", "/beheer/scholen", "/beheer/uitgevers", "/beheer/uitgevers/nieuw", "/beheer/sleutels",
         "/beheer/postbus", "/beheer/limieten", "/beheer/logboek")  # fmt: skip
SECOND, PASSWORD = "tweede.beheer@sleutelbos.example", "touw en een emmer"
ENTRY = """
client_id = "nieuwe-uitgever"
client_secret = "een-geheim-van-tweeendertig-tekens-lang"
client_name = "Nieuwe uitgever"
redirect_uris = ["https://nieuw.example/terug"]
[sleutelbos]
claims = ["given_name"]
all_schools = true
"""


def second_operator(site: Site) -> Visitor:
    """A colleague, with the same app as the first for a lack of phones, signed in."""
    first = select(StaffFactor.secret, StaffFactor.id).join(Staff).where(Staff.role == "operator")
    with site.database.write() as db:
        staff_id = builders.a_teacher(db, role="operator", address=SECOND, password_hash=Passwords().hash(PASSWORD))
        row, another = db.execute(first).one(), new_id()
        secret = site.keyring.unseal(row.secret, ("staff_factor", "secret", row.id))
        sealed = site.keyring.seal(secret, ("staff_factor", "secret", another))
        db.execute(insert(StaffFactor).values(id=another, staff_id=staff_id, kind="totp", secret=sealed,
                                              name="app", created_at=now(), counter=0))  # fmt: skip
    visitor = Visitor(site.wsgi)
    page = visitor.open("/leerkracht").submit({"email": SECOND, "password": PASSWORD})
    assert page.submit({"otp": otp(site, OPERATOR)}).path == "/beheer"
    return visitor


def school_id(site: Site, name: str = "De Regenboog") -> str:
    with site.database.read() as db:
        return str(db.execute(select(School.id).where(School.name == name)).scalar_one())


def step(visitor: Visitor, school: str, what: str) -> Page:
    """Press one of the buttons of the deletion."""
    page = visitor.open(f"/beheer/scholen/{school}")
    token = page.select("input[name=csrf_token]")[0].get("value")
    return visitor.post(f"/beheer/scholen/{school}/verwijderen", {"csrf_token": token, "step": what})


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
    page = signed_in(site, OPERATOR).open("/beheer")
    assert page.select("[data-health=good]")
    with site.database.read() as db:
        assert str(db.execute(select(func.count()).select_from(School)).scalar()) in page.words


def test_schools_are_found_by_a_part_of_their_name(site: Site) -> None:
    operator = signed_in(site, OPERATOR)
    for words, count in (("regenb", 1), ("REGENBOOG", 1), ("poort", 8), ("%", 0), ("bestaat niet", 0)):
        found = operator.open("/beheer/scholen", query_string={"zoek": words}).select("[data-school]")
        assert len(found) == count, words


def test_a_new_school_has_a_co_ordinator_who_chooses_the_password(site: Site, another: Callable[[], Visitor]) -> None:
    email = "nieuw.ict@bosrand.example"
    form = {"name": "De Bosrand", "key": "99ZZ00", "first_name": "Iris", "family_name": "Vos", "email": email}
    operator = signed_in(site, OPERATOR)
    page = operator.open("/beheer/scholen").submit(form)
    assert (page.heading, "Iris Vos" in page.words) == ("De Bosrand", True)
    assert "heeft nog geen wachtwoord gekozen" in page.words
    assert operator.open("/beheer/scholen").submit(form | {"key": ""}).status == 422
    (link,) = [link for link in site.mails(email)[0]["links"] if "/leerkracht/" in link]
    visitor = another()
    visitor.open(link).submit({"password": "hoge bomen aan de rand"})
    page = visitor.open("/leerkracht").submit({"email": email, "password": "hoge bomen aan de rand"})
    assert page.heading == "Stel een tweede stap in"


@pytest.mark.parametrize("field", ["name", "first_name", "family_name", "email"])
def test_a_school_without_what_it_needs_is_not_made(site: Site, field: str) -> None:
    form = {"name": "X", "first_name": "Y", "family_name": "Z", "email": "y.z@x.example"}
    page = signed_in(site, OPERATOR).open("/beheer/scholen").submit(form | {field: "  "})
    assert (page.status, bool(page.problem(field))) == (422, True)


def test_a_school_goes_when_two_operators_say_so(site: Site) -> None:
    home = site.people()["homes"][0]
    child_in = Visitor(site.wsgi)
    assert sign_in_at_home(child_in, home, home["children"][0]).path == "/portaal"
    school, first = school_id(site), signed_in(site, OPERATOR)
    assert "binnen zeven dagen" in step(first, school, "ask").words
    step(first, school, "confirm")
    assert first.open(f"/beheer/scholen/{school}").status == 200, "one operator alone deleted a school"
    page = step(second_operator(site), school, "confirm")
    assert "De school is verwijderd" in page.words
    assert first.open(f"/beheer/scholen/{school}").status == 404
    assert child_in.open("/portaal").path != "/portaal"
    with site.database.read() as db:
        for table in (School, Pupil, Staff):
            column = School.id if table is School else table.__table__.c.school_id
            assert db.execute(select(func.count()).select_from(table).where(column == school)).scalar() == 0
        orphans = select(PAIRWISE_SUBJECT.c.subject).where(
            PAIRWISE_SUBJECT.c.subject == f"pupil:{home['children'][0]['pupil']}"
        )
        assert db.execute(orphans).all() == []
        assert db.execute(select(EmailSlot.id).where(~EmailSlot.pupil_id.in_(select(Pupil.id)))).all() == []
        live = select(SESSION.c.subject).where(SESSION.c.ended_at.is_(None), SESSION.c.subject.like("pupil:%"))
        assert db.execute(live).all() == []
        # A family with a child at another school keeps its account; one with none left is told.
        kept = db.execute(select(HomeAccount.address)).scalars().all()
        assert "familie.elamrani@thuis.example" in kept
        assert home["email"] not in kept
    assert (
        "verwijderd" in site.mails(home["email"])[0]["subject"].lower() + site.mails(home["email"])[0]["text"].lower()
    )


def test_the_other_schools_stay_as_they_are(site: Site) -> None:
    def counts() -> dict[str, int]:
        with site.database.read() as db:
            return {
                table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Base.metadata.sorted_tables
                if table.name in ("school", "school_group", "pupil", "client", "publisher")
            }

    before, school = counts(), school_id(site, "De Vuurvlinder")
    step(signed_in(site, OPERATOR), school, "ask")
    step(second_operator(site), school, "confirm")
    after = counts()
    assert {name: before[name] - after[name] for name in before} == {
        "school": 1, "school_group": 1, "pupil": 4, "client": 0, "publisher": 0,
    }  # fmt: skip


def test_a_request_to_delete_lasts_seven_days_and_can_be_taken_back(site: Site) -> None:
    school = school_id(site, "De Vuurvlinder")
    with frozen(now()) as move:
        first = signed_in(site, OPERATOR)
        step(first, school, "ask")
        step(first, school, "withdraw")
        step(second_operator(site), school, "confirm")
        assert signed_in(site, OPERATOR).open(f"/beheer/scholen/{school}").status == 200
        step(signed_in(site, OPERATOR), school, "ask")
        move(now() + timedelta(days=7))
        visitor = Visitor(site.wsgi)
        visitor.open("/leerkracht").submit({"email": SECOND, "password": PASSWORD}).submit({"otp": _second_code(site)})
        step(visitor, school, "confirm")
        assert visitor.open(f"/beheer/scholen/{school}").status == 200


def _second_code(site: Site) -> str:
    return otp(site, OPERATOR)


def test_deleting_needs_a_fresh_signin(site: Site) -> None:
    with frozen(now()) as move:
        operator = signed_in(site, OPERATOR)
        move(now() + timedelta(minutes=10))
        for page in (
            step(operator, school_id(site), "ask"),
            operator.open("/beheer/sleutels").submit(form="/beheer/sleutels"),
        ):
            assert page.path == "/leerkracht/bevestig"


def test_an_operator_takes_a_co_ordinators_lost_factor_away_and_no_teachers(site: Site) -> None:
    ict, school = signed_in(site, CARLA), school_id(site)
    operator = signed_in(site, OPERATOR)
    page = operator.open(f"/beheer/scholen/{school}")
    (button,) = page.select("button[name=staff]")
    page.submit(form=f"/beheer/scholen/{school}/tweede-stap", button=f"staff={button.get('value')}")
    assert ict.open("/groepen").path == "/leerkracht"
    assert site.mails(CARLA)[0]["subject"] == "De tweede stap van je account is weggehaald"
    page = Visitor(site.wsgi).open("/leerkracht")
    page = page.submit({"email": CARLA, "password": person(site, CARLA)["password"]})
    assert page.heading == "Stel een tweede stap in"
    token = operator.open("/beheer").select("input[name=csrf_token]")[0].get("value")
    with site.database.read() as db:
        anna = db.execute(select(Staff.id).where(Staff.address == ANNA)).scalar_one()
    form = {"csrf_token": token, "staff": anna}
    assert operator.post(f"/beheer/scholen/{school}/tweede-stap", form).status == 404


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
