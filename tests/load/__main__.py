"""`make bench`: what one core carries."""

import base64
import hashlib
import json
import os
import platform
import re
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import requests

from tests.load.run import Figure, Operation, measure
from tests.load.server import LOAD_CORE, Provider, provider
from tests.load.tokens import Bound, Refresh, bound, bound_userinfo, introspection, proof
from tests.load.wire import Answer, Wire
from tests.proofs import ProofKey

MACHINE_CLIENT: dict[str, Any] = {
    "client_id": "bench-machine",
    "client_name": "Bench",
    "client_secret": secrets.token_urlsafe(32),
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["client_credentials"],
    "response_types": [],
    "redirect_uris": [],
    "scope": "reports",
    "sleutelbos": {"profile": "simple", "claims": [], "all_schools": True},
}

APP: dict[str, Any] = {
    "client_id": "bench-app",
    "client_name": "Bench app",
    "client_secret": secrets.token_urlsafe(32),
    "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://bench.example/callback"],
    "scope": "openid profile",
    "sleutelbos": {"profile": "simple", "claims": ["given_name"], "all_schools": True},
}


def main() -> None:
    """Measure each operation in turn (those whose name holds one of the arguments) and print the table."""
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder, provider(Path(folder), [MACHINE_CLIENT, APP]) as server:
        metadata = requests.get(f"{server.issuer}/.well-known/openid-configuration", timeout=5).json()
        publisher = next(
            r for r in server.registrations if r.get("token_endpoint_auth_method") == "client_secret_basic"
        )
        cookie = sign_in(server)
        flow = CodeFlow(server, metadata, publisher, cookie)
        operations: dict[str, Operation] = {
            "code + PKCE flow (signed in, RS256)": flow,
            "userinfo": userinfo(server, metadata, flow),
            "client_credentials": client_credentials(server, metadata),
            **token_operations(server, metadata, CodeFlow(server, metadata, APP, cookie)),
            "discovery": fetch(path(server, f"{server.issuer}/.well-known/openid-configuration")),
            "JWKS": fetch(path(server, metadata["jwks_uri"])),
        }
        print(f"Python {platform.python_version()}, SQLite, one core; {server.rss_mib():.0f} MiB at rest\n")
        print(f"{'operation':<38}{'per second':>12}{'spread':>9}{'p50 ms':>9}{'p99 ms':>9}")
        for name, operation in operations.items():
            if any(word in name for word in sys.argv[1:] or [""]):
                show(measure(name, server.host, server.port, operation))
        print(f"\nRSS after the load: {server.rss_mib():.0f} MiB")


def show(figure: Figure) -> None:
    """One row of the table."""
    print(
        f"{figure.name:<38}{figure.per_second:>12,.0f}{figure.spread:>8.0f}%{figure.p50_ms:>9.2f}{figure.p99_ms:>9.2f}",
        flush=True,
    )


def path(server: Provider, url: str) -> str:
    """The path of an endpoint that discovery names."""
    return url.removeprefix(server.issuer)


def sign_in(server: Provider) -> bytes:
    """Sign a child in at home through the forms, as a parent does; the Cookie header of that browser."""
    browser = requests.Session()
    home = requests.get(f"{server.issuer}/demo.json", timeout=5).json()["homes"]
    family = next(h for h in home if len(h["children"]) == 1)
    page = browser.get(f"{server.issuer}/thuis", timeout=5)
    form = {"csrf_token": csrf(page.text), "email": family["email"], "password": family["password"]}
    page = browser.post(f"{server.issuer}/thuis", data=form, timeout=5)
    child = family["children"][0]
    if "/thuis/kind" in page.url:
        field = "pin" if child["method"] == "pin" else "picture"
        page = browser.post(page.url, data={"csrf_token": csrf(page.text), field: child["secret"]}, timeout=5)
    if "/portaal" not in page.url:
        raise SystemExit(f"could not sign in: {page.url}")
    return b"Cookie: " + "; ".join(f"{c.name}={c.value}" for c in browser.cookies).encode() + b"\r\n"


def csrf(page: str) -> str:
    """The token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if found is None:
        raise SystemExit("a page without a form token")
    return found.group(1)


def basic(client: dict[str, Any]) -> bytes:
    """The Authorization header of client_secret_basic (RFC 6749 2.3.1)."""
    pair = f"{quote(client['client_id'], safe='')}:{quote(client['client_secret'], safe='')}"
    return b"Authorization: Basic " + base64.b64encode(pair.encode()) + b"\r\n"


class CodeFlow:
    """From /authorize with a signed-in browser to an ID token; keeps the last token answer of any connection."""

    def __init__(self, server: Provider, metadata: dict[str, Any], client: dict[str, Any], cookie: bytes) -> None:
        self._authorize = path(server, metadata["authorization_endpoint"])
        self._token = path(server, metadata["token_endpoint"])
        self._client, self._cookie, self._credentials = client, cookie, basic(client)
        self._redirect_uri = client["redirect_uris"][0]
        self.last: dict[str, Any] = {}

    def __call__(self, wire: Wire, headers: bytes = b"") -> Answer:
        """One flow and the token endpoint's answer; `headers` go there as well."""
        verifier = secrets.token_urlsafe(32)
        form = {
            "grant_type": "authorization_code",
            "code": self._ask(wire, verifier),
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        answer = wire.post(self._token, urlencode(form).encode(), self._credentials + headers)
        if answer.status != 200:
            raise SystemExit(f"no token: {answer.status} {answer.body.decode()}")
        self.last = json.loads(answer.body)
        return answer

    def _ask(self, wire: Wire, verifier: str) -> str:
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self._client["client_id"],
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
        }
        answer = wire.get(f"{self._authorize}?{urlencode(query)}", self._cookie)
        code = re.search(rb"[?&]code=([^&]+)", answer.header(b"location"))
        if code is None:
            raise SystemExit(f"no code: {answer.status} {answer.head.decode()} {answer.body[:300].decode()}")
        return code.group(1).decode()


def userinfo(server: Provider, metadata: dict[str, Any], flow: CodeFlow) -> Operation:
    """GET userinfo with one token, made by one flow."""
    wire = Wire(server.host, server.port)
    flow(wire)
    wire.close()
    access_token: str = flow.last["access_token"]  # type: ignore[attr-defined]
    return fetch(path(server, metadata["userinfo_endpoint"]), f"Authorization: Bearer {access_token}\r\n".encode())


def client_credentials(server: Provider, metadata: dict[str, Any]) -> Operation:
    """A machine's own token."""
    token, credentials = path(server, metadata["token_endpoint"]), basic(MACHINE_CLIENT)

    def operation(wire: Wire) -> None:
        answer = wire.post(token, b"grant_type=client_credentials&scope=reports", credentials)
        if answer.status != 200:
            raise SystemExit(f"no token: {answer.status} {answer.body.decode()}")

    return operation


def token_operations(server: Provider, metadata: dict[str, Any], app: CodeFlow) -> dict[str, Operation]:
    """Binding, introspection and refresh."""
    token, machine, key = path(server, metadata["token_endpoint"]), basic(MACHINE_CLIENT), ProofKey.generate()
    wire = Wire(server.host, server.port)
    app(wire, proof(key, "POST", metadata["token_endpoint"]))
    bound_token = app.last["access_token"]
    app(wire)
    wire.close()
    asked = path(server, metadata["introspection_endpoint"])
    return {
        "code + PKCE flow, DPoP ES256": Bound(ProofKey.generate(), "POST", metadata["token_endpoint"], None, app),
        "userinfo, DPoP ES256": bound_userinfo(metadata["userinfo_endpoint"], server.issuer, key, bound_token),
        "client_credentials, DPoP ES256": bound(metadata["token_endpoint"], server.issuer, machine),
        "introspection": introspection(asked, basic(APP), app.last["access_token"]),
        "refresh (RS256)": Refresh(token, basic(APP), app),
    }


def fetch(where: str, headers: bytes = b"") -> Operation:
    """GET a document."""

    def operation(wire: Wire) -> None:
        answer = wire.get(where, headers)
        if answer.status != 200:
            raise SystemExit(f"{where}: {answer.status}")

    return operation


if __name__ == "__main__":
    main()
