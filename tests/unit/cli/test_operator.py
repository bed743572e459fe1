"""`sleutelbos operator invite`: how the first operator comes in."""

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import select

from idp.cli.context import App
from idp.cli.operator import operator
from idp.kernel.db import Database
from idp.school import factors
from idp.school.models import Staff
from tests.builders import KEYRING, NOW, a_teacher, queued_mails
from tests.site import settings_for

WHO = ["invite", "eerste@platform.example", "--first-name", "Olga", "--family-name", "Smit"]


def test_the_first_operator_is_invited_once(database: Database, database_url: str, tmp_path: Path) -> None:
    app = App(settings_for(database_url, tmp_path))
    done = [CliRunner().invoke(operator, arguments, obj=app) for arguments in (WHO, WHO, ["invite", "x", *WHO[2:]])]
    assert [one.exit_code for one in done] == [0, 1, 1]
    with database.read() as db:
        assert db.execute(select(Staff.role, Staff.school_id, Staff.password_hash)).all() == [("operator", None, None)]
        (mail,) = queued_mails(db, "staff_invited")
        assert mail["facts"]["path"].startswith("/uitnodiging/iv_")
    app.database.engine.dispose()


def test_a_lost_factor_is_taken_away_from_operators_only(database: Database, database_url: str, tmp_path: Path) -> None:
    app, secret = App(settings_for(database_url, tmp_path)), factors.new_totp_secret()
    with database.write() as db:
        who = {role: a_teacher(db, role=role, address=f"{role}@platform.example") for role in ("operator", "ict")}
        for staff_id in who.values():
            code = factors.totp_now(secret, NOW)
            factors.add_totp(db, KEYRING, staff_id, secret, code, "app", now=NOW)
    run = CliRunner().invoke
    done = [run(operator, ["reset-factors", f"{role}@platform.example"], obj=app) for role in ("operator", "ict")]
    assert [one.exit_code for one in done] == [0, 1]
    with database.read() as db:
        assert [factors.has(db, staff_id) for staff_id in who.values()] == [False, True]
        assert len(queued_mails(db, "factors_reset")) == 1
    app.database.engine.dispose()
