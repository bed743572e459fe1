"""What the engine forgets, and what it does not."""

from datetime import timedelta

from sqlalchemy import select

from idp.engine.clients import assertion
from idp.engine.clients.signed_jwt import parse
from idp.engine.requests import pushed
from idp.engine.requests.parameters import Parameters
from idp.engine.retention import CHORES
from idp.engine.tables import CLIENT_ASSERTION, PUSHED_REQUEST
from idp.kernel.clock import now
from idp.kernel.db import Database
from tests.client_keys import ClientKey
from tests.engine_parts import ISSUER


def test_what_can_be_of_no_use_any_more_goes(database: Database) -> None:
    jwt, at = parse(ClientKey.generate().assertion("app", ISSUER)), now()
    assert jwt is not None
    with database.write() as db:
        pushed.keep(db, "app", Parameters({"client_id": "app"}), at)
        assert assertion.spend(db, jwt)
        for chore in CHORES:
            chore(db, at)
        assert not assertion.spend(db, jwt)
        assert len(db.execute(select(PUSHED_REQUEST)).all()) == 1
        for chore in CHORES:
            chore(db, at + timedelta(days=2))
        assert db.execute(select(PUSHED_REQUEST)).all() == db.execute(select(CLIENT_ASSERTION)).all() == []
