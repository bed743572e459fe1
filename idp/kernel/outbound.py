"""Requests that we make to addresses that others gave us (OWASP ASVS 5.0 V4, SSRF).

The host is resolved once, every address it has is judged, and the connection goes to the judged address: a name that
changes its mind between the check and the call gains nothing. No redirects, 5 s in all, 64 kB.
"""

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import urllib3

TOTAL_S = 5.0
MAX_BODY = 64 * 1024


class OutboundError(Exception):
    """It did not work; the message may be shown to an operator."""


class ForbiddenAddressError(OutboundError):
    """We do not go there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Outbound:
    """`loopback`: the provider itself lives on loopback, so its publishers may too (a demo, a developer's machine)."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        """POST a form. Raises OutboundError."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", url, headers, urlencode(form).encode())

    def get(self, url: str) -> Answer:
        """GET a document. Raises OutboundError."""
        return self._send("GET", url, {}, None)

    def address_of(self, url: str) -> tuple[str, int, str]:
        """(host, port, the IP address to connect to). Raises ForbiddenAddressError."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.username or parts.password or not host:
            raise ForbiddenAddressError("no host, or a user part in the address")
        if parts.scheme != "https" and not (parts.scheme == "http" and self._loopback):
            raise ForbiddenAddressError("only https")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise OutboundError(f"{host} has no address") from error
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            if not self._allowed(address):
                raise ForbiddenAddressError(f"{host} leads to an address inside")
        return host, port, addresses[0]

    def _allowed(self, address: str) -> bool:
        ip = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None)
        ip = mapped or ip
        return (self._loopback and ip.is_loopback) or (ip.is_global and not ip.is_multicast)

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        host, port, address = self.address_of(url)
        parts = urlsplit(url)
        deadline = time.monotonic() + TOTAL_S
        timeout = urllib3.Timeout(connect=TOTAL_S, read=TOTAL_S)
        pool: urllib3.HTTPConnectionPool
        if parts.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address, port, timeout=timeout, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED"
            )
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = headers | {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "Sleutelbos"}
        try:
            answer = pool.urlopen(
                method,
                target,
                body,
                headers,
                redirect=False,
                retries=False,
                preload_content=False,
                assert_same_host=False,
            )
            return Answer(answer.status, _read(answer, deadline))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise OutboundError(f"{host}: {type(error).__name__}") from error
        finally:
            pool.close()


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    body = b""
    while chunk := answer.read1(4096) if hasattr(answer, "read1") else answer.read(4096):
        body += chunk
        if len(body) > MAX_BODY:
            raise OutboundError("an answer of more than 64 kB")
        if time.monotonic() > deadline:
            raise OutboundError("an answer that took more than 5 s")
    return body
