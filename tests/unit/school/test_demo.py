"""The demo's people are who the contract says they are, and are told as they stand."""

from collections import Counter

import pytest
from sqlalchemy import Connection, func, select

from idp.kernel.db import Database
from idp.kernel.secrets import Passwords
from idp.school import demo, homes, password_rules, pupils, slots, staff
from idp.school.demo_people import BEVER, DIRECT_SCHOOLS, HOMES, NETWORK_SCHOOLS, OPERATOR
from idp.school.models import EmailSlot, Group, Pupil, School, Staff
from idp.school.networks import NETWORKS
from tests.builders import KEYRING, NOW, an_address, queued_mails


class _Plain(Passwords):
    """Hashes are slow, and none of these tests is about them."""

    def hash(self, password: str) -> str:
        return f"hash of {password}"


@pytest.fixture
def seeded(database: Database) -> Database:
    with database.write() as db:
        demo.seed(db, KEYRING, _Plain(), NOW)
    return database


def _bever(db: Connection) -> pupils.GroupPage:
    group_id = db.execute(select(Group.id).where(Group.name == "Bever")).scalar_one()
    page = pupils.group_page(db, KEYRING, group_id)
    assert page is not None
    return page


def test_group_bever_is_as_the_contract_says(seeded: Database) -> None:
    with seeded.read() as db:
        page = _bever(db)
        assert (page.group.year, page.group.login_method, len(page.rows)) == (1, "pin", 30)
        statuses = Counter(row.home_status for row in page.rows)
        assert set(statuses) == {"Nee/Nee", "Ja/Nee", "Ja/Ja"}
        assert statuses["Nee/Nee"] >= 15
        assert [row.first_name for row in page.rows if len(row.slots) == 2 and row.home_status == "Ja/Ja"] == ["Sofie"]
        assert len({row.picture for row in page.rows}) == 30, "no two with the same picture in one group"


def test_every_network_environment_has_a_school_and_the_home_schools_have_none(seeded: Database) -> None:
    with seeded.read() as db:
        networks = db.execute(select(School.network)).scalars().all()
        assert Counter(networks) == Counter(dict.fromkeys(NETWORKS, 1) | {None: len(DIRECT_SCHOOLS)})
        keys = db.execute(select(Pupil.roster_key).join(School).where(School.network.is_not(None))).scalars().all()
        assert {f"{slug}-0001" for slug in NETWORKS} <= set(keys)
        assert len(keys) == sum(len(group.pupils) for school in NETWORK_SCHOOLS for group in school.groups)


def test_the_homes_hold_what_the_contract_asks_for(seeded: Database) -> None:
    with seeded.read() as db:
        facts = demo.facts(db, KEYRING)
        families = {home["email"]: home["children"] for home in facts["homes"]}
        bever = {row.id for row in _bever(db).rows}
        in_bever = [[child for child in children if child["pupil"] in bever] for children in families.values()]
        assert [len(children) for children in in_bever].count(2) == 2, "two pairs of brothers and sisters"
        seen = Counter(child["pupil"] for children in families.values() for child in children)
        assert list(seen.values()).count(2) == 1, "one child of two households"
        schools = [
            {child.school_id for child in homes.children(db, account.id)}
            for account in (homes.by_key(db, email) for email in families)
            if account
        ]
        assert sorted(map(len, schools))[-2:] == [1, 2], "one family with children at two schools"
        methods = {child["method"] for children in families.values() for child in children}
        assert methods == {"pin", "picture", "none"}
        assert any(len(children) == 1 for children in families.values())
        assert len(families) == len(HOMES)


def test_what_is_told_of_a_child_is_what_lets_it_in(seeded: Database) -> None:
    with seeded.read() as db:
        for home in demo.facts(db, KEYRING)["homes"]:
            for child in home["children"]:
                pupil = pupils.by_id(db, child["pupil"])
                assert pupil is not None
                assert child["secret"] == pupils.secret_of(db, KEYRING, pupil)
                assert (child["secret"] is None) == (child["method"] == "none")


def test_everybody_who_works_there_is_told_with_their_groups(seeded: Database) -> None:
    with seeded.read() as db:
        told = demo.facts(db, KEYRING)["staff"]
        assert len(told) == db.execute(select(func.count()).select_from(Staff)).scalar()
        assert {person["role"] for person in told} == {"teacher", "ict", "operator"}
        anna = told[0]
        assert (anna["role"], anna["school"], anna["totp_secret"]) == ("teacher", "De Regenboog", None)
        assert [group["name"] for group in anna["groups"]] == ["Bever"]
        assert told[-1]["school"] is None
        assert staff.by_key(db, OPERATOR.address) is not None


def test_unused_is_a_pupil_of_bever_with_both_slots_empty_at_the_moment(seeded: Database) -> None:
    with seeded.write() as db:
        before = demo.facts(db, KEYRING)["unused"]
        assert before["group"] == _bever(db).group.id
        assert slots.of_pupils(db, [before["pupil"]]) == []
        slots.fill(db, KEYRING, before["pupil"], 1, an_address(), staff_id=None, now=NOW)
        assert demo.facts(db, KEYRING)["unused"]["pupil"] != before["pupil"]


def test_a_pin_that_was_changed_by_hand_shows(seeded: Database) -> None:
    with seeded.write() as db:
        child = demo.facts(db, KEYRING)["homes"][0]["children"][0]
        pupils.set_pin(db, KEYRING, child["pupil"], "9876", "staff:x", NOW)
        assert "9876" in [one["secret"] for one in demo.facts(db, KEYRING)["homes"][0]["children"]]


def test_every_address_that_waits_has_its_mail(seeded: Database) -> None:
    with seeded.read() as db:
        waiting = set(db.execute(select(EmailSlot.id).where(EmailSlot.confirmed_at.is_(None))).scalars())
        assert {mail["ref"] for mail in queued_mails(db)} == {f"slot:{slot_id}" for slot_id in waiting}
        assert waiting


def test_seeding_again_changes_nothing(seeded: Database) -> None:
    with seeded.write() as db:
        before = demo.facts(db, KEYRING)
        demo.seed(db, KEYRING, _Plain(), NOW)
        assert demo.facts(db, KEYRING) == before


def test_the_passwords_follow_our_own_rules() -> None:
    schools = (*DIRECT_SCHOOLS, *NETWORK_SCHOOLS)
    members = [OPERATOR, *(person for school in schools for person in school.staff)]
    given = [(one.address, one.password) for one in members] + [(one.address, one.password) for one in HOMES]
    for address, password in given:
        context = [address, *(school.name for school in schools), *BEVER.pupils]
        assert password_rules.problem(password, context) is None, address
