"""Every page of the application, opened and posted to by every kind of person (ASVS 5.0 V8.2, V8.4).

The table says who gets anything at all. Everybody else is sent to the sign-in, when they are not staff, or gets the
page of what does not exist. A new page without a row fails: nobody forgets to decide.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from idp.school.models import Staff
from tests.site import PUBLISHER, Site, build, settings_for
from tests.visitor import Page, Visitor
from tests.web.people import KINDS, Cast, gather
from tests.web.staff import ANNA, group_of, unused

EVERYBODY = frozenset(KINDS)
HOME = frozenset({"pupil", "parent"})
OWN_GROUP = frozenset({"teacher", "ict"})
SEES_GROUP = OWN_GROUP | {"support"}
OWN_SCHOOL = frozenset({"ict"})
ANY_SCHOOL = OWN_SCHOOL | {"foreign_ict"}
PLATFORM = frozenset({"operator"})
STAFF = frozenset({"teacher", "colleague", "stranger", "support", "ict", "foreign_ict", "operator"})

GROUP_PAGES = ("inloggen", "invaller", "kaarten", "kaarten.pdf", "nieuwe-codes", "plakken")

PAGES = {
    # For whoever comes by, or behind a link, a code or a cookie of its own.
    "GET /": EVERYBODY,
    **dict.fromkeys(
        [f"{method} /{path}/" for method in ("GET", "POST") for path in ("activeer", "herstel")], EVERYBODY
    ),
    **dict.fromkeys(
        [f"{method} /{path}/<path:token>" for method in ("GET", "POST") for path in ("activeer", "herstel")], EVERYBODY
    ),
    **dict.fromkeys(
        [f"{method} /uitnodiging/{end}" for method in ("GET", "POST") for end in ("", "<path:token>")], EVERYBODY
    ),
    **dict.fromkeys(["GET /apparaat/<token>", "POST /apparaat/<token>"], EVERYBODY),
    **dict.fromkeys(["GET /authorize", "POST /authorize", "POST /annuleren"], EVERYBODY),
    **dict.fromkeys(["GET /toestemming", "POST /toestemming"], EVERYBODY),
    **dict.fromkeys(["GET /demo", "GET /demo.json", "GET /demo/postvak", "GET /demo/postvak.json"], EVERYBODY),
    **dict.fromkeys(["GET /healthz/live", "GET /healthz/ready", "GET /metrics"], EVERYBODY),
    **dict.fromkeys(["GET /plaatjes/<key>.svg", "GET /static/<path:filename>"], EVERYBODY),
    **dict.fromkeys(
        [f"{method} /koppel{end}" for method in ("GET", "POST") for end in ("", "/bevestig", "/bord")], EVERYBODY
    ),
    **dict.fromkeys(["GET /logout", "POST /logout", "POST /logout/ja", "GET /uitgelogd"], EVERYBODY),
    **dict.fromkeys(["POST /uitloggen", "POST /wissel", "GET /ouder/vergeten"], EVERYBODY),
    **dict.fromkeys(["GET /school", "POST /school", "POST /school/klaar"], EVERYBODY),
    **dict.fromkeys(["GET /thuis", "POST /thuis", "GET /thuis/kind", "POST /thuis/kind"], EVERYBODY),
    **dict.fromkeys(["GET /thuis/vergeten", "POST /thuis/vergeten", "GET /thuis/vergeten/verstuurd"], EVERYBODY),
    **dict.fromkeys(
        [f"{method} /leerkracht{end}" for method in ("GET", "POST") for end in ("", "/code", "/vergeten")], EVERYBODY
    ),
    **dict.fromkeys(["POST /leerkracht/passkey", "POST /leerkracht/passkey/klaar"], EVERYBODY),
    **dict.fromkeys(["GET /leerkracht/herstel/<token>", "POST /leerkracht/herstel/<token>"], EVERYBODY),
    "GET /leerkracht/vergeten/verstuurd": EVERYBODY,
    **dict.fromkeys(
        ["GET /netwerk", *[f"GET /netwerk/<slug>/{end}" for end in ("begin", "terug", "uitgelogd")]], EVERYBODY
    ),
    "POST /netwerk/<slug>/backchannel": EVERYBODY,
    "GET /app/beeld": EVERYBODY,
    **dict.fromkeys(["GET /adres/<path:token>", "POST /adres/<path:token>"], EVERYBODY),
    **dict.fromkeys(["POST /thuis/sleutel", "POST /thuis/sleutel/klaar"], EVERYBODY),
    # A child's portal, and a parent's page.
    "GET /portaal": frozenset({"pupil"}),
    **dict.fromkeys(["GET /ouder", "POST /ouder/apparaat", "POST /ouder/kind", "POST /ouder/taal"], HOME),
    **dict.fromkeys(["POST /ouder/vergeten", "POST /ouder/wachtwoord"], HOME),
    **dict.fromkeys(["POST /ouder/adres", *[f"POST /ouder/sleutel{end}" for end in ("/klaar", "/weg")]], HOME),
    "POST /ouder/sleutel": frozenset(),  # a script's, and only after the password was given again
    # Staff, about themselves.
    "GET /groepen": STAFF,
    **dict.fromkeys(["GET /hulp", "POST /hulp"], STAFF),
    **dict.fromkeys(["GET /leerkracht/beveiliging", "POST /leerkracht/beveiliging/sessie"], STAFF),
    **dict.fromkeys(["POST /leerkracht/beveiliging/wachtwoord", "POST /leerkracht/beveiliging/weg"], STAFF),
    **dict.fromkeys(["GET /leerkracht/beveiliging/app", "POST /leerkracht/beveiliging/app"], STAFF),
    **dict.fromkeys(["POST /leerkracht/beveiliging/passkey", "POST /leerkracht/beveiliging/passkey/klaar"], STAFF),
    "POST /leerkracht/beveiliging/codes": STAFF,
    **dict.fromkeys(["GET /leerkracht/bevestig", "POST /leerkracht/bevestig"], STAFF),
    "POST /leerkracht/bevestig/passkey": STAFF,
    # A group and its pupils.
    "GET /groepen/<group_id>": SEES_GROUP,
    "GET /groepen/<group_id>/versturen": SEES_GROUP,
    **dict.fromkeys(
        [f"{method} /groepen/<group_id>/{end}" for method in ("GET", "POST") for end in GROUP_PAGES],
        OWN_GROUP,
    ),
    **dict.fromkeys(["GET /leerlingen/<pupil_id>/wijzigen", "POST /leerlingen/<pupil_id>/herzend"], SEES_GROUP),
    **dict.fromkeys(["GET /groepen/<group_id>/herinner", "POST /groepen/<group_id>/herinner"], OWN_GROUP),
    "GET /leerlingen/<pupil_id>/herzend": STAFF - {"operator"},  # leads to the page, which looks at the pupil
    "POST /leerlingen/<pupil_id>/wijzigen": OWN_GROUP,
    **dict.fromkeys(["GET /leerlingen/<pupil_id>/noodcode", "POST /leerlingen/<pupil_id>/noodcode"], OWN_GROUP),
    # The administration of a school: what belongs to one school, and what is there for each.
    **dict.fromkeys(["GET /ict", "GET /ict/logboek", "GET /ict/logboek.csv"], ANY_SCHOOL),
    **dict.fromkeys(["GET /ict/groepen", "POST /ict/groepen", "GET /ict/medewerkers"], ANY_SCHOOL),
    **dict.fromkeys(["GET /ict/medewerkers/nieuw", "POST /ict/medewerkers/nieuw"], ANY_SCHOOL),
    **dict.fromkeys(["GET /ict/inlezen", "POST /ict/inlezen", "POST /ict/schooljaar"], ANY_SCHOOL),
    **dict.fromkeys(["GET /ict/uitgevers", "GET /ict/uitgevers/<client_id>"], ANY_SCHOOL),
    "POST /ict/uitgevers/<client_id>": ANY_SCHOOL,
    **dict.fromkeys(["GET /ict/apparaten", "POST /ict/apparaten/link", "POST /ict/adressen"], ANY_SCHOOL),
    **dict.fromkeys(["GET /ict/groepen/<group_id>", "POST /ict/groepen/<group_id>"], OWN_SCHOOL),
    **dict.fromkeys(["GET /ict/leerlingen/<pupil_id>", "POST /ict/leerlingen/<pupil_id>"], OWN_SCHOOL),
    **dict.fromkeys(["GET /ict/medewerkers/<staff_id>", "POST /ict/medewerkers/<staff_id>"], OWN_SCHOOL),
    **dict.fromkeys(["GET /ict/netwerk", "POST /ict/netwerk"], ANY_SCHOOL),
    "GET /ict/gegevens": ANY_SCHOOL,
    **dict.fromkeys([f"{method} /ict/leerling/<pupil_id>/gegevens" for method in ("GET", "POST")], OWN_SCHOOL),
    "GET /ict/leerling/<pupil_id>/gegevens.json": OWN_SCHOOL,
    # A plan is of whoever made it, and there is none of this id.
    **dict.fromkeys(["GET /ict/inlezen/<draft_id>", "POST /ict/inlezen/<draft_id>"], frozenset()),
    # The operation of the platform.
    **dict.fromkeys(
        [
            f"GET /beheer{end}"
            for end in ("", "/limieten", "/logboek", "/postbus", "/scholen", "/sleutels", "/uitgevers")
        ],
        PLATFORM,
    ),
    **dict.fromkeys(["POST /beheer/postbus", "POST /beheer/scholen", "POST /beheer/sleutels"], PLATFORM),
    "GET /beheer/scholen/<school_id>": PLATFORM,
    "POST /beheer/scholen/<school_id>/verwijderen": PLATFORM,
    "GET /beheer/scholen/<school_id>/samenvoegen": PLATFORM,
    "POST /beheer/scholen/<school_id>/samenvoegen": frozenset(),  # with no school named there is nothing to merge
    # Names a co-ordinator in its form; an empty form names nobody.
    **dict.fromkeys([f"POST /beheer/scholen/<school_id>/{end}" for end in ("tweede-stap", "uitnodiging")], frozenset()),
    **dict.fromkeys(
        [f"{method} /beheer/uitgevers/{end}" for method in ("GET", "POST") for end in ("nieuw", "<path:client_id>")],
        PLATFORM,
    ),
    # Devices and addresses of which there are none with these ids.
    **dict.fromkeys(["POST /ict/adressen/<address_id>/weg", "POST /ict/apparaten/<device_id>/einde"], frozenset()),
}
"""Method and rule -> who gets anything. The ids are those of Anna's group Bever at De Regenboog."""

SIGN_IN = ("/leerkracht", "/thuis", "/thuis/kind", "/school", "/", "/groepen", "/beheer")
"""Where people are sent who could sign in, and have not; or who are at home somewhere else."""

AT_HOME = {"pupil": "/portaal", "parent": "/thuis/kind", "nobody": "/", "former": "/"}
"""What they can open as long as they are signed in; staff the page for support codes."""


@pytest.fixture(scope="module")
def cast(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """Everybody, in a site for this module."""
    site = build(settings_for(shared_seeded_url, tmp_path_factory.mktemp("rights")))
    site.deliver()  # a provider whose mail waits for long says that it is not ready
    yield gather(site)
    site.database.engine.dispose()


def application(site: Site) -> Flask:
    """The pages behind the provider's front steps, which have no name for what is behind them."""
    behind: Any = site.wsgi
    found = behind._pages._pages.__self__
    assert isinstance(found, Flask)
    return found


def rules(site: Site) -> list[tuple[str, str]]:
    """Every method and rule of the application."""
    return sorted(
        (method, rule.rule)
        for rule in application(site).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def ids_of(site: Site) -> dict[str, str]:
    """What stands in the place of each part of a rule."""
    with site.database.read() as db:
        anna, school_id = db.execute(select(Staff.id, Staff.school_id).where(Staff.address == ANNA)).one()
    nowhere = "zzzzzzzzzzzzzzzzzzzz"
    return {
        "group_id": group_of(site, ANNA),
        "pupil_id": unused(site)[0],
        "staff_id": anna,
        "client_id": PUBLISHER,
        "draft_id": nowhere,
        "device_id": nowhere,
        "address_id": nowhere,
        "school_id": school_id,
        "slug": "moo",
        "token": "niets",
        "key": "dog",
        "filename": "icon.svg",
    }


def fill(rule: str, ids: dict[str, str]) -> str:
    """The path of a rule."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: ids[part[1]], rule)


def ask(visitor: Visitor, method: str, path: str) -> Page:
    """One request; a form has its token, and nothing else in it."""
    if method == "GET":
        return visitor.ask("GET", path)
    return visitor.ask("POST", path, data={"csrf_token": token_of(visitor)})


def token_of(visitor: Visitor) -> str:
    """A form token of this browser's own."""
    return str(visitor.open("/leerkracht/vergeten").select("input[name=csrf_token]")[-1].get("value"))


def plain(page: Page) -> str:
    """A page less what differs from one time to the next: its code, its own address, its form tokens."""
    text = page.text.replace(page.headers.get("X-Support-Code", "-"), "").replace(page.path, "")
    return re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", text)


def outcome(visitor: Visitor, page: Page, method: str) -> str:
    """`gets` something, is `sent` to sign in, or finds `nothing`: the same as where there never was anything."""
    if page.status in (301, 302, 303) and urlsplit(page.headers["Location"]).path in SIGN_IN:
        return "sent"
    if page.status == 403 and page.text == "{}":  # what a script gets instead of a redirect
        return "sent"
    if page.status == 404:
        nowhere = ask(visitor, "GET", "/groepen/zzzzzzzzzzzzzzzzzzzz")
        return "nothing" if nowhere.status != 404 or plain(nowhere) == plain(page) else "a 404 that tells something"
    assert page.status < 500, (method, page.url, page.text)
    return "gets"


def test_t29_every_page_has_a_row_and_every_row_a_page(cast: Cast) -> None:
    written, there = set(PAGES), {f"{method} {rule}" for method, rule in rules(cast.site)}
    assert written == there


def walk(cast: Cast, kind: str, chosen: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, Visitor, Page]]:
    """Ask for each of these as somebody of this kind, who signs in again after what signed them out."""
    ids, visitor = ids_of(cast.site), cast.visitor(kind)
    for method, rule in chosen:
        yield method, rule, visitor, ask(visitor, method, fill(rule, ids))
        if method == "POST" and visitor.ask("GET", AT_HOME.get(kind, "/hulp")).status != 200:
            visitor = cast.visitor(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_t29_only_whom_the_table_allows_gets_anything(cast: Cast, kind: str) -> None:
    narrow = [one for one in rules(cast.site) if PAGES[" ".join(one)] != EVERYBODY]
    wrong = []
    for method, rule, visitor, page in walk(cast, kind, narrow):
        found = outcome(visitor, page, method)
        staff_page = rule.startswith(("/groepen", "/leerlingen", "/ict", "/hulp", "/leerkracht", "/beheer"))
        refused = {"nothing"} if kind in STAFF and staff_page else {"sent", "nothing"}
        if found not in ({"gets"} if kind in PAGES[f"{method} {rule}"] else refused):
            wrong.append(f"{method} {rule}: {found}")
    assert not wrong


@pytest.mark.parametrize("kind", ["nobody", "pupil", "stranger", "operator"])
def test_what_is_for_everybody_is_no_fault_for_anybody(cast: Cast, kind: str) -> None:
    wide = [one for one in rules(cast.site) if PAGES[" ".join(one)] == EVERYBODY]
    for method, rule, _visitor, page in walk(cast, kind, wide):
        assert page.status < 500, (method, rule)


def test_t30_who_stopped_a_moment_ago_gets_nothing_more(cast: Cast) -> None:
    visitor = cast.visitor("former")
    assert visitor.ask("GET", f"/groepen/{group_of(cast.site, ANNA)}").status == 303
