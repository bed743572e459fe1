"""/healthz/live, /healthz/ready and /metrics: for machines that watch over this one."""

import hmac
from datetime import timedelta
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from idp.engine.keys import ALWAYS
from idp.kernel.clock import now
from idp.kernel.needed import WhenNeeded
from idp.kernel.outbox import oldest_due
from idp.web.errors import not_found
from idp.web.services import Services

prometheus = WhenNeeded("prometheus_client")

OUTBOX_LATE = timedelta(minutes=5)
"""Work that waits longer than this means that no worker runs, or that it cannot keep up."""


def blueprint(services: Services) -> Blueprint:
    """The three addresses."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz/live")
    def live() -> ResponseReturnValue:
        return jsonify(status="ok")

    @pages.get("/healthz/ready")
    def ready() -> ResponseReturnValue:
        reason = not_ready(services)
        return (jsonify(status="not ready", reason=reason), 503) if reason else jsonify(status="ok")

    @pages.get("/metrics")
    def metrics() -> ResponseReturnValue:
        if not _may_measure(services):
            raise not_found()
        return Response(_measurements(services), content_type=prometheus.CONTENT_TYPE_LATEST)

    return pages


def not_ready(services: Services) -> str | None:
    """Why this process should get no requests; None = it should."""
    try:
        with services.database.read() as db:
            db.execute(select(1))
            waiting = oldest_due(db, now())
        for alg in ALWAYS:
            services.engine.keys.signer(alg, now())
    except SQLAlchemyError:
        return "the database does not answer"
    except LookupError as error:
        return str(error)
    if waiting > OUTBOX_LATE:
        return f"the oldest row of the outbox waits for {int(waiting.total_seconds())} s: does a worker run?"
    return None


def _may_measure(services: Services) -> bool:
    """From this machine itself, or with the bearer token; what a proxy passes on comes from elsewhere."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if services.metrics_token and hmac.compare_digest(given.encode(), services.metrics_token.encode()):
        return True
    try:
        return "X-Forwarded-For" not in request.headers and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _measurements(services: Services) -> bytes:
    registry = prometheus.CollectorRegistry()
    with services.database.read() as db:
        counted = services.directory.sizes(db, now())
        waiting = oldest_due(db, now())
    waits = "How long the oldest due row of the outbox waits"
    prometheus.Gauge("sleutelbos_outbox_oldest_seconds", waits, registry=registry).set(waiting.total_seconds())
    rows = prometheus.Gauge("sleutelbos_rows", "How many there are", ["kind"], registry=registry)
    for kind, count in counted.items():
        rows.labels(kind).set(count)
    listing: bytes = prometheus.generate_latest(registry)
    return listing
