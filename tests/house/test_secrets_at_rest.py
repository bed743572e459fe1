"""Nothing in the database opens anything, and no log line either, after a story that uses every kind of secret."""

import base64
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from idp.kernel import logs, outbox
from idp.kernel.clock import now
from idp.kernel.db import Base
from idp.kernel.outbox import Delivered
from idp.kernel.worker import Worker
from idp.school import address_change, badges, child_secrets, devices, factors, homes, slots
from idp.school.models import Pupil
from tests.protocol.party import VERIFIER, basic, challenge_of
from tests.site import PUBLISHER, SECRET, Site, build, registration, settings_for
from tests.visitor import Page, Visitor
from tests.web.families import GOOD, NEW, an_address, asked_by_a_publisher
from tests.web.staff import ANNA, person

WRONG = "een verkeerde zin over zeehonden"
COOKIES = ("sleutelbos_session", "sleutelbos_household", "sleutelbos_browser")


@dataclass(slots=True)
class Story:
    """The provider as it is outside a demo, and every secret that came by, by what it is."""

    site: Site
    mails: list[Mapping[str, Any]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def deliver(self) -> str:
        """Send what waits; the path of the newest link."""

        def keep(mail: Mapping[str, Any], _attempt: int) -> Delivered:
            self.mails.append(mail)
            return Delivered("250 ok")

        Worker(self.site.database, self.site.keyring, {"mail": keep}).run_once(now())
        return str(next(mail["facts"]["path"] for mail in reversed(self.mails) if "path" in mail["facts"]))

    def cookies(self, whose: str, visitor: Visitor) -> None:
        """The values of our cookies in a browser."""
        for name in COOKIES:
            if value := visitor.cookie(name):
                self.secrets[f"{name} of {whose}"] = value

    def link(self, what: str) -> str:
        """Deliver, and remember the token of the newest link."""
        path = self.deliver()
        self.secrets[what] = path.rsplit("/", 1)[1]
        return path


@pytest.fixture
def story(
    seeded_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[Story]:
    caplog.set_level(logging.DEBUG)
    logs.configure()
    site = build(settings_for(seeded_url, tmp_path, demo=False))
    told = Story(site)
    _at_the_desk(told)
    _at_home(told)
    _at_the_publisher(told)
    _what_only_the_program_makes(told)
    yield told
    site.database.engine.dispose()
    structlog.reset_defaults()


def _at_the_desk(story: Story) -> None:
    """A teacher signs in, mistypes once, and fills a slot; the link is opened and used."""
    teacher, password = Visitor(story.site.wsgi), person(story.site, ANNA)["password"]
    teacher.open("/leerkracht").submit({"email": ANNA, "password": WRONG})
    teacher.open("/leerkracht").submit({"email": ANNA, "password": password})
    pupil = story.site.people()["unused"]["pupil"]
    page = teacher.open(f"/leerlingen/{pupil}/wijzigen").submit({"email_1": NEW}, button="save=yes")
    assert page.status == 200
    story.secrets |= {"password of a teacher": password, "wrong password": WRONG}
    story.cookies("a teacher", teacher)


def _at_home(story: Story) -> None:
    """A parent activates, signs in, forgets the password and chooses another."""
    parent = Visitor(story.site.wsgi)
    page = parent.open(story.link("activation link")).submit({"password": GOOD})
    assert page.path == "/portaal", page.text
    story.cookies("a child", parent)
    again = Visitor(story.site.wsgi)
    again.open("/thuis/vergeten").submit({"email": NEW})
    second = f"{GOOD} en een zeeleeuw"
    page = again.open(story.link("reset link")).submit({"password": second})
    assert page.path == "/portaal", page.text
    unused = Visitor(story.site.wsgi)
    unused.open("/thuis/vergeten").submit({"email": NEW})
    story.link("reset link that nobody used")
    story.cookies("a child, later", again)
    story.secrets |= {"first password of a parent": GOOD, "second password of a parent": second}


def _at_the_publisher(story: Story) -> None:
    """Code, tokens, refreshed once; and a code that stays unused."""
    offline = {"scope": "openid profile offline_access"}
    story.site.register(registration(**offline))
    child = Visitor(story.site.wsgi)
    page = child.open("/thuis").submit({"email": NEW, "password": story.secrets["second password of a parent"]})
    assert page.path == "/portaal"
    asked = asked_by_a_publisher(code_challenge=challenge_of(VERIFIER), prompt="consent", **offline)
    for code in ("code", "code that nobody used"):
        story.secrets[code] = _agreed(child.open(asked)).query["code"]
    form = {
        "grant_type": "authorization_code",
        "code": story.secrets["code"],
        "redirect_uri": f"https://{PUBLISHER}.example/callback",
        "code_verifier": VERIFIER,
    }
    tokens = _tokens(child, form)
    refreshed = _tokens(child, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    for when, found in (("first", tokens), ("later", refreshed)):
        story.secrets |= {f"{when} {name}": found[name] for name in ("access_token", "refresh_token", "id_token")}
    story.secrets["client secret"] = SECRET
    story.cookies("a child at a publisher", child)


def _agreed(page: Page) -> Page:
    return page.submit(button="agree=yes") if page.status == 200 else page


def _tokens(visitor: Visitor, form: Mapping[str, str]) -> dict[str, Any]:
    answer = visitor.ask("POST", "/token", data=dict(form), headers={"Authorization": basic(PUBLISHER, SECRET)})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def _what_only_the_program_makes(story: Story) -> None:
    """A badge, an emergency code, a link for a device, a factor's secret and codes, an address to be confirmed."""
    site, at = story.site, now()
    pupil = str(site.people()["homes"][0]["children"][0]["pupil"])
    with site.database.write() as db:
        school = db.execute(select(Pupil.school_id).where(Pupil.id == pupil)).scalar_one()
        account = homes.by_key(db, an_address(NEW).key)
        slot = slots.of_pupils(db, [pupil])[0]
        assert account is not None
        address_change.ask(db, site.keyring, account, an_address("nog.nieuwer@thuis.example"), at)
        staff_id = slots_filled_by(db)
        made = {
            "badge": badges.mint(db, [pupil], "staff:x", at)[pupil],
            "emergency code": badges.make_code(db, site.keyring, pupil, "x", at),
            "device link": devices.mint_link(db, school, "x", at),
            "recovery code": factors.new_recovery_codes(db, staff_id, at)[0],
            "recovery code, bare": factors.new_recovery_codes(db, staff_id, at)[0].replace("-", ""),
        }
        slots.resend(db, site.keyring, slot, staff_id=None, now=at)
    story.secrets |= {what: str(value) for what, value in made.items()}
    story.secrets["waiting mail's link"] = waiting_link(site)


def slots_filled_by(db: Any) -> str:
    """Some member of staff."""
    table = Base.metadata.tables["staff"]
    return str(db.execute(select(table.c.id).limit(1)).scalar_one())


def waiting_link(site: Site) -> str:
    """The token of a link in a mail that is still in the outbox."""
    with site.database.read() as db:
        waiting = select(outbox.Outbox.id, outbox.Outbox.payload).where(outbox.Outbox.state == "queued")
        for identifier, sealed in db.execute(waiting):
            mail = json.loads(site.keyring.unseal(sealed or b"", ("outbox", "payload", identifier)))
            if "path" in mail.get("facts", {}):
                return str(mail["facts"]["path"]).rsplit("/", 1)[1]
    raise AssertionError("no mail waits")


def dump(site: Site) -> str:
    """Every cell of every table: text as it is; bytes as they are, in hex, and in both base64 alphabets."""
    cells = []
    with site.database.read() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(select(table)):
                for value in row:
                    if isinstance(value, bytes):
                        cells += [repr(value), value.hex(), base64.b64encode(value).decode()]
                        cells.append(base64.urlsafe_b64encode(value).decode())
                    else:
                        cells.append(json.dumps(value, default=str, ensure_ascii=False))
    return "\n".join(cells)


def test_t42_no_secret_of_the_story_is_in_the_database(story: Story) -> None:
    assert len(story.secrets) > 20, sorted(story.secrets)
    written = dump(story.site)
    assert PUBLISHER in written
    assert NEW in written
    assert [what for what, secret in story.secrets.items() if secret in written] == []


def test_t42_pins_and_pictures_are_sealed(story: Story) -> None:
    with story.site.database.read() as db:
        rows = db.execute(select(Pupil.id, Pupil.pin, Pupil.secret_picture)).all()
    assert rows
    for pupil_id, pin, picture in rows:
        sealed = child_secrets.Sealed(pupil_id, pin, picture)
        assert child_secrets.pin_of(story.site.keyring, sealed).encode() not in pin
        assert child_secrets.secret_picture_of(story.site.keyring, sealed).encode() not in picture


def test_t42_no_secret_of_the_story_is_in_a_log_at_debug(
    story: Story, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.get_logger().info("the log works")
    spoken = capsys.readouterr()
    setup = [record.getMessage() for record in caplog.get_records("setup")]
    written = "\n".join([*setup, caplog.text, spoken.out, spoken.err])
    assert "the log works" in written
    assert [what for what, secret in story.secrets.items() if secret in written] == []


def test_no_address_holds_a_secret_but_links_that_are_spent_on_a_page(story: Story) -> None:
    """Tokens never travel in a query of ours; a mailed link is a path, and our pages send no Referer."""
    assert [mail["facts"]["path"] for mail in story.mails if re.search(r"[?&]", mail["facts"].get("path", ""))] == []
