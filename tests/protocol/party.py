"""A relying party made of nothing but HTTP, for tests that have to get one detail wrong."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import requests

from tests.site import PUBLISHER, SECRET, Site
from tests.visitor import Browser, Caller, Page, sign_in_at_home

VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123"


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of client_secret_basic (RFC 6749 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def read_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a JWS, unverified."""
    head, body, _ = token.split(".")
    return json.loads(_decode(head)), json.loads(_decode(body))


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@dataclass(slots=True)
class Party:
    """One client at one provider; what it can do it learned from discovery."""

    site: Site
    client_id: str = PUBLISHER
    secret: str | None = SECRET
    redirect_uri: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.redirect_uri = self.redirect_uri or f"https://{self.client_id}.example/callback"
        where = f"{self.site.issuer}/.well-known/openid-configuration"
        self.metadata = requests.get(where, timeout=10).json()

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """A good authorization request with `changes`; None leaves a parameter out."""
        good: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid profile",
            "state": "state-of-this-test",
            "nonce": "nonce-of-this-test",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def authorize_url(self, **changes: str | None) -> str:
        """Where the browser is sent."""
        return f"{self.metadata['authorization_endpoint']}?{urlencode(self.parameters(**changes))}"

    def browser(self, home: int = 0, child: int = 0) -> Caller:
        """A browser in which a child of the demo is signed in at home."""
        browser = Caller(self.site.issuer)
        family = self.site.people()["homes"][home]
        page = sign_in_at_home(browser, family, family["children"][child])
        assert page.path == "/portaal", (page.url, page.text)
        return browser

    def code(self, browser: Browser, **changes: str | None) -> str:
        """Ask with a signed-in browser; the code of the answer."""
        return answer_of(browser.open(self.authorize_url(**changes)))["code"]

    def token(self, headers: dict[str, str] | None = None, **form: str | None) -> requests.Response:
        """POST the token endpoint as this client."""
        return self.post("token_endpoint", form, headers)

    def redeem(self, code: str, **changes: str | None) -> requests.Response:
        """Exchange a code, with `changes` to a good request."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return self.token(**(form | changes))

    def refresh(self, token: str, **changes: str | None) -> requests.Response:
        """Use a refresh token."""
        return self.token(**({"grant_type": "refresh_token", "refresh_token": token} | changes))

    def revoke(self, token: str, **changes: str | None) -> requests.Response:
        """RFC 7009."""
        return self.post("revocation_endpoint", {"token": token} | changes)

    def introspect(self, token: str, headers: dict[str, str] | None = None, **changes: str | None) -> requests.Response:
        """RFC 7662."""
        return self.post("introspection_endpoint", {"token": token} | changes, headers)

    def userinfo(self, token: str, *, scheme: str = "Bearer", proof: str | None = None) -> requests.Response:
        """GET userinfo with an access token, and with a DPoP proof where it needs one."""
        headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": proof} if proof is not None else {})
        return requests.get(self.metadata["userinfo_endpoint"], headers=headers, timeout=10)

    @staticmethod
    def claims(tokens: dict[str, Any]) -> dict[str, Any]:
        """The claims of the ID token of a token answer, unverified."""
        return read_jwt(tokens["id_token"])[1]

    def post(
        self, endpoint: str, form: dict[str, str | None], headers: dict[str, str] | None = None
    ) -> requests.Response:
        """POST a form to an endpoint that discovery names, authenticated as this client."""
        data = {name: value for name, value in form.items() if value is not None}
        sent = dict(headers or {})
        if self.secret is None:
            data.setdefault("client_id", self.client_id)
        else:
            sent.setdefault("Authorization", basic(self.client_id, self.secret))
        return requests.post(self.metadata[endpoint], data=data, headers=sent, timeout=30)

    def signed_in(self, **changes: str | None) -> dict[str, Any]:
        """A whole code flow; the token answer."""
        answer = self.redeem(self.code(self.browser(), **changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def answer_of(page: Page) -> dict[str, str]:
    """The parameters with which a browser came back to the client, by query or fragment."""
    parts = urlsplit(page.url)
    assert (parts.hostname or "").endswith(".example"), f"still at {page.url}:\n{page.text}"
    found = parse_qs(parts.query or parts.fragment, keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


def unguessable() -> str:
    """A fresh random value."""
    return secrets.token_urlsafe(32)
