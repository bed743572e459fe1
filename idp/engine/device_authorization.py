"""The device authorization endpoint (RFC 8628 3.1): a device asks for a code to show."""

import json
from dataclasses import dataclass

from idp.engine.admission import admit, examine
from idp.engine.clients.metadata import DEVICE_CODE
from idp.engine.engine import Engine
from idp.engine.requests.authorization import granted_scope
from idp.engine.requests.devices import INTERVAL_S, LIFE
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, error, read_form, require_method
from idp.kernel.clock import now as clock_now

VERIFICATION = "/koppel"
"""The page where a person types the code: a page of the world around the engine."""


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """POST; the client is authenticated as at the token endpoint."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        require_method(environ, "POST")
        engine, form, now = self.engine, read_form(environ), clock_now()
        shown = examine(engine, environ, form, now)
        with engine.database.write() as db:
            client = admit(engine, db, shown, now)
            if DEVICE_CODE not in client.grant_types:
                return error(400, "unauthorized_client", "this client is not registered for devices")
            resources = tuple(dict.fromkeys(form.get("resource", "").split()))
            if set(resources) - client.resources:
                return error(400, "invalid_target", "a resource that this client may not ask tokens for")
            scope = granted_scope(form.get("scope", "openid"), client)
            started = engine.devices.start(db, client, scope, resources, now)
        where = engine.issuer + VERIFICATION
        body = {
            "device_code": started.device_code,
            "user_code": started.user_code,
            "verification_uri": where,
            "verification_uri_complete": f"{where}?code={started.user_code}",
            "expires_in": int(LIFE.total_seconds()),
            "interval": INTERVAL_S,
        }
        return Answer(200, json.dumps(body).encode(), (JSON, *NO_STORE))
