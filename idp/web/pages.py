"""The Flask application that serves the pages: what holds for every one of them stands here."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, g
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect

from idp.school import years
from idp.web import authorize, claims, errors, health, language, logout, network, rooms, sensitive, session, unit
from idp.web.services import Services

MAX_BODY, MAX_PARTS = 256 * 1024, 500
"""Of a form; a page that takes files allows more for itself."""


def build(services: Services, templates: Path) -> Flask:
    """Every page, with sessions, form tokens, languages, errors and headers."""
    app = Flask("idp", template_folder=str(templates), static_folder=str(Path(__file__).parents[1] / "static"))
    app.extensions["sleutelbos"] = services
    app.config.update(
        SECRET_KEY=services.keyring.derive("flask-session"),
        SESSION_COOKIE_NAME=services.cookie("sleutelbos_form"),
        SESSION_COOKIE_SECURE=services.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_PARTS,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        # The token lives as long as the browser's session; its page may stay open over lunch.
        WTF_CSRF_TIME_LIMIT=None,
        # Our pages send no Referer, so there is none to compare.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.filters["as_year"] = years.written
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    unit.install(app, services.database)
    csrf = CSRFProtect(app)
    session.install(app, services)
    sensitive.install(app)
    language.install(app, services)
    errors.install(app, services)
    app.after_request(session.write_cookies)
    app.after_request(_headers(services))
    app.context_processor(partial(_context, services))
    for room in (authorize, logout, network):
        app.register_blueprint(room.blueprint(services, csrf))
    app.register_blueprint(health.blueprint(services))
    for blueprint in rooms.blueprints(services):
        app.register_blueprint(blueprint)
    return app


def _context(services: Services) -> dict[str, Any]:
    """What every template may ask for."""
    return {
        "demo": services.demo,
        "csp_nonce": _nonce,
        "claim_label": lambda name: _(claims.LABELS[name]),
        "staff_member": session.current_staff,
    }


def _nonce() -> str:
    """The nonce under which this page's own scripts may run; made when a page has one."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def fixed_headers(services: Services) -> dict[str, str]:
    """What every answer carries, whatever it is."""
    always = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
    }
    if services.secure:
        always["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return always


def _headers(services: Services) -> Callable[[Response], Response]:
    always = fixed_headers(services)

    def write(response: Response) -> Response:
        headers = response.headers
        for name, value in always.items():
            headers.setdefault(name, value)
        if "Cache-Control" not in headers or not headers["Cache-Control"].startswith(("public", "max-age")):
            headers["Cache-Control"] = "no-store"
            headers["Vary"] = "Cookie"
        headers.setdefault("Content-Security-Policy", _policy())
        return response

    return write


def _policy() -> str:
    """Our own files and nothing else. No form-action: it would also bind the redirect from a form to a publisher."""
    script = f"'self' 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'self'"
    frames = f"frame-src {' '.join(g.frame_origins)}; " if "frame_origins" in g else ""
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; font-src 'self'; {frames}"
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
