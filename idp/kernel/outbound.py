"""Requests that we make to addresses that others gave us (OWASP ASVS 5.0 V4, SSRF).

The host is resolved once, every address it has is judged, and the connection goes to a judged address: a name that
changes its mind between the check and the call gains nothing. No redirects, 64 kB, and 5 s in all once the name is
resolved, however slowly the answer trickles in.
"""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlencode, urlsplit

from idp.kernel.needed import WhenNeeded

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3.connection import HTTPConnection
    from urllib3.response import BaseHTTPResponse

connections, exceptions = WhenNeeded("urllib3.connection"), WhenNeeded("urllib3.exceptions")

TOTAL_S = 5.0
MAX_BODY = 64 * 1024
_NONE: Mapping[str, str] = {}

_PUBLIC_6 = ip_network("2000::/3")
_CARRIES_AN_IPV4_ADDRESS = (ip_network("2002::/16"), ip_network("2001::/32"))
"""6to4 and Teredo lead to the IPv4 address inside them; NAT64 and the mapped ones stand outside 2000::/3 anyway."""


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
    """`loopback`: the provider itself lives on loopback, so its publishers may too (a demo, a developer's machine).

    `verify`: whose certificates are believed; the machine's own authorities when left out.
    """

    def __init__(self, *, loopback: bool, verify: ssl.SSLContext | None = None) -> None:
        self._loopback, self._verify = loopback, verify

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # A few megabytes of authorities, for processes that call anybody at all.
        return self._verify or ssl.create_default_context()

    def post_form(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] = _NONE, *, within_s: float | None = None
    ) -> Answer:
        """POST a form; `within_s` when there is less time than usual. Raises OutboundError."""
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", url, sent, urlencode(form).encode(), within_s)

    def get(self, url: str, headers: Mapping[str, str] = _NONE, *, within_s: float | None = None) -> Answer:
        """GET a document; `within_s` when there is less time than usual. Raises OutboundError."""
        return self._send("GET", url, headers, None, within_s)

    def address_of(self, url: str) -> tuple[str, int, list[str]]:
        """(host, port, IP addresses to connect to). Raises ForbiddenAddressError, or OutboundError for no address."""
        parts, port = _split(url)
        host = parts.hostname or ""
        if parts.username is not None or parts.password is not None or not host:
            raise ForbiddenAddressError("no host, or a user part in the address")
        if parts.scheme != "https" and not (parts.scheme == "http" and self._loopback):
            raise ForbiddenAddressError("only https")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise OutboundError(f"{host} has no address") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(self._allowed(address, parts.scheme) for address in addresses):
            raise ForbiddenAddressError(f"{host} leads to an address inside")
        return host, port, addresses

    def _allowed(self, text: str, scheme: str) -> bool:
        ip = ip_address(text.partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if ip.is_loopback:
            return self._loopback
        if scheme == "http" or not ip.is_global or ip.is_multicast or ip.is_reserved:
            return False
        return isinstance(ip, IPv4Address) or (
            ip in _PUBLIC_6 and not any(ip in network for network in _CARRIES_AN_IPV4_ADDRESS)
        )

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, within_s: float | None
    ) -> Answer:
        if within_s is not None and within_s <= 0:
            raise OutboundError("no time left")
        host, port, addresses = self.address_of(url)
        parts = urlsplit(url)
        deadline = time.monotonic() + (TOTAL_S if within_s is None else min(within_s, TOTAL_S))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "Sleutelbos", **headers}
        try:
            connection = self._connect(parts.scheme, host, port, addresses, deadline)
            try:
                connection.request(method, target, body, sent, preload_content=False, decode_content=False)
                answer = connection.getresponse()
                return Answer(answer.status, _read(answer))
            finally:
                connection.close()
        except (exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            raise OutboundError(f"{host}: {type(error).__name__}") from error

    def _connect(self, scheme: str, host: str, port: int, addresses: list[str], deadline: float) -> "HTTPConnection":
        """To the first of the addresses that answers; nothing is sent to the others, so nothing arrives twice."""
        for address in addresses:
            # Half for the connection and half for the TLS handshake.
            patience = max(0.01, deadline - time.monotonic()) / 2
            connection: HTTPConnection
            if scheme == "https":
                connection = connections.HTTPSConnection(
                    address, port, timeout=patience, ssl_context=self._context, server_hostname=host
                )
            else:
                connection = connections.HTTPConnection(address, port, timeout=patience)
            try:
                connection.connect()
            except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError):
                continue
            except (exceptions.HTTPError, OSError):
                connection.close()
                raise
            connection.sock = _Timed(connection.sock, deadline)
            return connection
        raise OutboundError(f"{host} does not answer")


class _Timed:
    """A socket that gives up at `deadline`, whatever came in until then; urllib3 only limits each read by itself."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def hurry(self) -> None:
        """Give the next step what is left of the time. Raises TimeoutError."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)

    def sendall(self, data: bytes) -> None:
        self.hurry()
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self, self._sock.makefile("rb", buffering=0)))

    def settimeout(self, _seconds: float | None) -> None:
        """The deadline stands."""

    def close(self) -> None:
        self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: _Timed, raw: io.RawIOBase) -> None:
        self._timed, self._raw = timed, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        self._timed.hurry()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        return parts, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ForbiddenAddressError("not an address") from error


def _read(answer: "BaseHTTPResponse") -> bytes:
    body = b""
    while chunk := answer.read1(4096):
        body += chunk
        if len(body) > MAX_BODY:
            raise OutboundError("an answer of more than 64 kB")
    return body
