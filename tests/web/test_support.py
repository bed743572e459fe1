"""Support codes in plain words, for whoever may know (and `sleutelbos audit CODE` says the same)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from idp.kernel import audit
from idp.kernel.clock import now
from idp.kernel.throttle import LIMITS, Throttle
from idp.school.policy import RIGHTS
from idp.web import happenings
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web import families
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, OPERATOR, group_of, signed_in

PROGRAM = Path(__file__).parents[2] / "idp"


def _code_of(page: Page) -> str:
    (code,) = page.select("code[data-support]")
    return str(code.text_content())


def _look_up(visitor: Visitor, code: str) -> Page:
    return visitor.open("/hulp").submit({"code": code})


def test_a_code_says_what_happened_when_and_what_to_do(site: Site) -> None:
    bram = signed_in(site, BRAM)
    code = _code_of(bram.open(f"/groepen/{group_of(site, ANNA)}"))
    for spelled in (code, code.lower(), f" {code[:4]}-{code[4:]} ", " ".join(code)):
        page = _look_up(signed_in(site, CARLA), spelled)
        assert "een pagina die er niet is" in page.words
        assert page.select("[data-do]")
        assert page.select("[data-found] time")
        assert page.select("[data-who]")[0].text_content() == "Bram Postma"


@pytest.mark.parametrize("email", [DEWI, OPERATOR])
def test_people_of_another_school_are_not_named(site: Site, email: str) -> None:
    code = _code_of(signed_in(site, BRAM).open("/groepen/niets"))
    page = _look_up(signed_in(site, email), code)
    assert "een pagina die er niet is" in page.words
    assert "Bram" not in page.text
    assert page.select("[data-who]")[0].text_content() == "iemand die je niet mag zien"


def test_a_child_is_named_for_its_own_teacher_only(site: Site) -> None:
    code = _code_of(families.signed_in(site, families.DE_VRIES, "Noor").open("/koppel/bevestig"))
    for email, name in ((ANNA, "Noor de Vries"), (BRAM, "een leerling die je niet mag zien")):
        (who,) = _look_up(signed_in(site, email), code).select("[data-who]")
        assert who.text_content() == name


def test_a_code_that_is_not_there(site: Site) -> None:
    anna = signed_in(site, ANNA)
    assert _look_up(anna, "ABCDEFGH").status == 404
    assert _look_up(anna, "").status == 422
    assert _look_up(anna, "<script>").select("main script") == []


def test_looking_up_has_a_limit(site: Site) -> None:
    anna = signed_in(site, ANNA)
    answers = [_look_up(anna, "ABCDEFGH").status for _ in range(LIMITS["support_code"].count + 1)]
    assert answers == [404] * LIMITS["support_code"].count + [429]


def _acts(file: Path) -> Iterator[object]:
    """The acts that a module writes down: what it hands to `record`, or to a function of its own that takes an act."""
    tree = ast.parse(file.read_text())
    takers = {"record", "record_each", "write"} | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(part.arg == "act" for part in node.args.args)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            written = [part for given in node.args for part in ast.walk(given)] if name in takers else []
            yield from (part.value for part in written if isinstance(part, ast.Constant))
            if name == "PageError":
                yield from (
                    f"page.{given.value.value}"
                    for given in node.keywords
                    if given.arg == "why" and isinstance(given.value, ast.Constant)
                )
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "act" for target in node.targets):
            yield from (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))


def test_every_act_of_the_program_has_its_words() -> None:
    acts = {
        act
        for file in PROGRAM.rglob("*.py")
        for act in _acts(file)
        if isinstance(act, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", act)
    }
    assert {"page.not_found", "signin.failed", "protocol.refused", "slot.filled", "staff.ended"} <= acts
    # A right is asked for, and not written down.
    assert sorted(acts - RIGHTS.keys() - happenings.HAPPENINGS.keys()) == []


def test_a_reason_says_more_and_an_unknown_page_still_something() -> None:
    assert happenings.of("signin.failed", {"way": "badge"}) != happenings.of("signin.failed", {"way": "pin"})
    assert happenings.of("page.http_418", {}).what == happenings.HAPPENINGS["page.http_400s"].what
    assert happenings.of("page.http_502", {}).do
    assert happenings.of("something.new", {}) is happenings.UNKNOWN


WENT_WRONG = ("page.", "protocol.", "refusals.", "signin.failed", "signin.locked")


def test_every_failure_says_what_to_do_next() -> None:
    failures = {act: one for act, one in happenings.HAPPENINGS.items() if act.startswith(WENT_WRONG)}
    assert len(failures) > 25
    assert [act for act, one in failures.items() if not one.do] == []


def test_every_act_that_is_looked_up_says_what_happened_and_what_next(site: Site) -> None:
    anna, acts = signed_in(site, ANNA), [act for act in happenings.HAPPENINGS if ":" not in act]
    codes = {audit.new_support_code(): act for act in acts}
    with site.database.write() as db:
        for code, act in codes.items():
            audit.record(db, act, now=now(), support_code=code)
    for code, act in codes.items():
        page = _look_up(anna, code)
        assert (page.status, len(page.select("[data-found]"))) == (200, 1), act
        assert page.select("[data-do]")[0].text_content().strip(), act
        with site.database.write() as db:
            db.execute(delete(Throttle))
