"""Cross-origin preflight for the endpoints that a browser app may call: only registered origins, never null (B16)."""

from idp.engine.engine import Engine
from idp.engine.wire import Answer, Environ


def preflight(engine: Engine, environ: Environ) -> Answer:
    """The answer to OPTIONS (Fetch standard, CORS preflight)."""
    origin = environ.get("HTTP_ORIGIN", "")
    with engine.database.read() as db:
        known = origin != "" and any(origin in client.origins for client in engine.registry.all(db))
    if not known:
        return Answer(204, b"", (("Vary", "Origin"),))
    return Answer(
        204,
        b"",
        (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", "GET, POST"),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP"),
            ("Access-Control-Max-Age", "600"),
            ("Vary", "Origin"),
        ),
    )
