"""What surrounds the protocol: framing, transport security, and clients on loopback (B17, B40, B41)."""

from pathlib import Path

import pytest
import requests

from tests.protocol.party import Party
from tests.site import Site, registration
from tests.visitor import Caller

CONF = Path(__file__).parents[3] / "deploy" / "nginx" / "sleutelbos.conf"
PAGES = ("/", "/thuis", "/school", "/leerkracht", "/koppel", "/uitgelogd", "/demo", "/nowhere", "/activeer/nonsense")


@pytest.mark.parametrize("path", PAGES)
def test_b17_nobody_may_frame_a_page(site: Site, path: str) -> None:
    answer = requests.get(site.issuer + path, timeout=10)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_b17_nor_the_pages_of_a_request(party: Party) -> None:
    signed_out, signed_in = Caller(party.site.issuer), party.browser()
    pages = [
        signed_out.open(party.authorize_url()),
        signed_out.open(party.authorize_url(redirect_uri="https://evil.example/")),
        signed_in.open(party.authorize_url(prompt="consent")),
        signed_in.open(party.authorize_url(prompt="select_account")),
        signed_in.open(party.authorize_url(response_mode="form_post")),
        signed_in.open(party.metadata["end_session_endpoint"]),
    ]
    for page in pages:
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], page.url
        assert page.headers["X-Frame-Options"] == "DENY", page.url


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_b41_on_loopback_only_the_port_may_differ(party: Party, host: str) -> None:
    uri = f"http://{host}/callback"
    native = registration("native", application_type="native", redirect_uris=[uri], token_endpoint_auth_method="none")
    del native["client_secret"]
    party.site.register({**native, "initiate_login_uri": None, "post_logout_redirect_uris": []})
    app, browser = Party(party.site, "native", None, f"http://{host}:49152/callback"), party.browser()
    page = browser.open(app.authorize_url())
    assert page.url.startswith(f"{app.redirect_uri}?code=")
    assert app.redeem(page.query["code"]).status_code == 200
    other = "[::1]" if host == "127.0.0.1" else "127.0.0.1"
    for wrong in (
        f"http://{host}:49152/other",
        f"http://{host}:49152/callback?x=1",
        f"http://{host}:0/callback",
        f"http://{host}:99999/callback",
        f"https://{host}:49152/callback",
        f"http://{other}:49152/callback",
        "http://localhost:49152/callback",
        f"http://{host}:x@evil.example/callback",
    ):
        assert browser.open(app.authorize_url(redirect_uri=wrong)).status == 400, wrong


def test_b41_for_anybody_else_the_port_counts(party: Party) -> None:
    party.site.register(registration("web", redirect_uris=["http://127.0.0.1/callback"]))
    web = Party(party.site, "web")
    assert party.browser().open(web.authorize_url(redirect_uri="http://127.0.0.1:8080/callback")).status == 400
