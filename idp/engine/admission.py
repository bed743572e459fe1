"""Which client sends a request to a machine endpoint: `examine` before the transaction, `admit` inside it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from idp.engine.clients.authentication import Presented, Refusal
from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.wire import Answer, Environ, RefusedError, error

_CHALLENGE = ("WWW-Authenticate", 'Basic realm="sleutelbos"')


def examine(engine: Engine, environ: Environ, form: Mapping[str, str], now: datetime) -> Presented:
    """What the request shows of its client. May call the client's jwks_uri. Raises RefusedError."""
    shown = engine.authenticator.examine(environ, form, now)
    if isinstance(shown, Refusal):
        raise RefusedError(_refused(shown))
    return shown


def admit(engine: Engine, db: Connection, shown: Presented, now: datetime) -> Client:
    """The authenticated client. Raises RefusedError; nothing was written then, so that a rollback loses nothing."""
    client = engine.authenticator.settle(db, shown, now)
    if isinstance(client, Refusal):
        raise RefusedError(_refused(client))
    return client


def _refused(refusal: Refusal) -> Answer:
    if refusal.error == "invalid_client":
        return error(401, refusal.error, refusal.description, _CHALLENGE)
    return error(400, refusal.error, refusal.description)
