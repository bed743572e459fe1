"""/app/beeld: the logo of the app that a sign-in is for, from our own address."""

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from idp.kernel.clock import now
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.unit import read_db, release

AGE_S = 24 * 3600


def blueprint(services: Services) -> Blueprint:
    """One picture, for everybody."""
    pages = Blueprint("app_logo", __name__)

    @pages.get("/app/beeld")
    def picture() -> ResponseReturnValue:
        engine = services.engine
        client = engine.registry.find(read_db(), request.args.get("app", ""))
        release()  # fetching may take seconds
        logo = engine.logos.find(client.logo_uri, now()) if client is not None and client.logo_uri else None
        if logo is None:
            raise not_found()
        response = make_response(logo.data)
        response.mimetype = logo.mimetype
        response.headers["Cache-Control"] = f"public, max-age={AGE_S}"
        return response

    return pages
