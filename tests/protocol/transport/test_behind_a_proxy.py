"""B40: TLS in front, by the configuration that we ship, in a real nginx with nothing changed but places."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from werkzeug.serving import BaseWSGIServer, make_server

from idp.engine.http import WsgiApp
from idp.engine.wire import Environ, StartResponse
from tests.browser.demo import free_ports
from tests.certificates import pem, self_signed
from tests.client_keys import ClientKey
from tests.site import Site, build, settings_for

CONF = Path(__file__).parents[3] / "deploy" / "nginx" / "sleutelbos.conf"
ISSUER = "https://login.example.nl"
FORGED = {
    "X-Forwarded-For": "198.51.100.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "Forwarded": "for=198.51.100.9;host=evil.example",
    "X-SSL-Client-Cert": "forged",
    "Client-Cert": "forged",
    "Client-Cert-Verify": "SUCCESS",
}


@dataclass(slots=True)
class Front:
    """The proxy's two ports, and the request that last came through it."""

    plain: int
    tls: int
    seen: Environ

    def get(self, path: str, **more: object) -> requests.Response:
        """Over TLS; the certificate is a test's own."""
        url = f"https://127.0.0.1:{self.tls}{path}"
        host = {"Host": "login.example.nl"} | dict(more.pop("headers", {}))  # type: ignore[call-overload]
        return requests.get(url, headers=host, verify=False, allow_redirects=False, timeout=10)


@pytest.fixture(scope="module")
def front(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    if shutil.which("nginx") is None and not Path("/usr/sbin/nginx").exists():
        if os.environ.get("CI") == "true":
            raise AssertionError("nginx is missing: run `make setup-tests`")
        pytest.skip("PROXY NOT TESTED: run `make setup-tests`")
    folder = tmp_path_factory.mktemp("proxy")
    site = build(settings_for(shared_seeded_url, folder, ISSUER, demo=False, trusted_proxies=["127.0.0.1"]))
    plain, tls = free_ports(2)
    made = Front(plain, tls, {})
    server = make_server("127.0.0.1", 0, _watched(site, made), threaded=True)
    with serving(server):
        port = server.server_port
        process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(_configuration(folder, port, made))])
        try:
            _wait(tls)
            yield made
        finally:
            process.terminate()
            process.wait(timeout=10)
            site.database.engine.dispose()


@contextmanager
def serving(server: BaseWSGIServer) -> Iterator[None]:
    """Answer in a thread until the block ends."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _watched(site: Site, front: Front) -> WsgiApp:
    def application(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        front.seen = dict(environ)
        return site.wsgi(environ, start)

    return application


def _configuration(folder: Path, port: int, front: Front) -> Path:
    """The shipped file with ports, certificate and log of this test, inside the least of a whole configuration."""
    key = ClientKey.generate()
    (folder / "fullchain.pem").write_text(pem(self_signed(key, "CN=login.example.nl")))
    private = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    shipped = CONF.read_text()
    for ours, theirs in (
        ("127.0.0.1:5000", f"127.0.0.1:{port}"),
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl http2;", ""),
        ("listen 80;", f"listen 127.0.0.1:{front.plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{front.tls} ssl"),
        ("/etc/ssl/sleutelbos", str(folder)),
        ("/var/log/nginx/sleutelbos.log", str(folder / "access.log")),
    ):
        assert ours in shipped, ours
        shipped = shipped.replace(ours, theirs)
    temporary = "".join(f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi"))
    whole = (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}\n"
        f"http {{ {temporary} scgi_temp_path {folder}/scgi;\n{shipped}\n}}\n"
    )
    (folder / "nginx.conf").write_text(whole)
    return folder / "nginx.conf"


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx did not start")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_b40_no_tls_before_1_2(front: Front, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", front.tls), timeout=5) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="login.example.nl")


@pytest.mark.parametrize(
    ("cipher", "good"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", True),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", False),
        ("ECDHE-ECDSA-AES128-SHA256", False),
    ],
)
def test_fapi2_5_2_2_of_tls_1_2_only_what_rfc_9325_recommends(front: Front, cipher: str, good: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    with socket.create_connection(("127.0.0.1", front.tls), timeout=5) as raw:
        if good:
            assert context.wrap_socket(raw, server_hostname="login.example.nl").cipher()[0] == cipher  # type: ignore[index]
        else:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(raw, server_hostname="login.example.nl")


def test_b40_http_leads_to_https_on_get_alone(front: Front) -> None:
    here, host = f"http://127.0.0.1:{front.plain}/thuis?x=1", {"Host": "login.example.nl"}
    led = requests.get(here, headers=host, allow_redirects=False, timeout=10)
    assert (led.status_code, led.headers["Location"]) == (308, f"{ISSUER}/thuis?x=1")
    assert (
        requests.post(here, headers=host, data={"password": "x"}, allow_redirects=False, timeout=10).status_code == 403
    )


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_b40_https_stays_https(front: Front) -> None:
    answer = front.get("/thuis")
    assert answer.status_code == 200
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_b40_what_only_a_proxy_may_say_is_taken_out(front: Front) -> None:
    assert front.get("/.well-known/openid-configuration", headers=FORGED).json()["issuer"] == ISSUER
    passed = {name: front.seen.get(f"HTTP_{name.upper().replace('-', '_')}") for name in FORGED}
    assert {name: value for name, value in passed.items() if value} == {"X-Forwarded-For": "127.0.0.1"}


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_b36_every_address_is_https_on_the_configured_host(front: Front) -> None:
    document = front.get("/.well-known/openid-configuration", headers={"Host": "evil.example"}).json()
    addresses = [value for name, value in document.items() if name.endswith(("_endpoint", "_uri", "_iframe"))]
    assert addresses
    assert all(address.startswith(f"{ISSUER}/") for address in addresses)
