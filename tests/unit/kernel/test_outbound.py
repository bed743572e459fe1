"""T25: what others give us as an address leads to public addresses only, quickly, and nowhere else."""

import contextlib
import gzip
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from idp.kernel import outbound
from idp.kernel.outbound import Answer, ForbiddenAddressError, Outbound, OutboundError
from tests.mail_servers import a_certificate
from tests.unit.kernel.web_server import WebServer, saying, silent, trickling

PUBLIC, PUBLIC_6 = "93.184.216.34", "2606:4700::1111"

INSIDE = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "localhost",
    "0.0.0.0",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::7f00:1]",
    "[fe80::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2002:7f00:1::]",  # 6to4 of 127.0.0.1
    "[64:ff9b::a00:1]",  # NAT64 of 10.0.0.1
    "[2001:0:1::1]",
    "[2001:db8::1]",
]

NO_ADDRESS = [
    "",
    "https://",
    "https:///path",
    "//voorbeeld.nl/x",
    "https://jan@93.184.216.34/",
    "https://@93.184.216.34/",
    "https://jan:x@93.184.216.34/",
    "https://93.184.216.34:99999/",
    "https://93.184.216.34:x/",
    "https://[::1",
    "http://93.184.216.34/",
    "ftp://93.184.216.34/",
    "file:///etc/passwd",
    "javascript:alert(1)",
]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The only thing patched here: a name server that gives `answers` one after the other. Returns what was asked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        if not host.endswith(".voorbeeld"):
            return real(host, port, *more, **named)
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [entry for address in found for entry in real(address, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_address_inside_is_called(host: str) -> None:
    with WebServer(saying("HTTP/1.1 200 OK")) as server:
        for url in (f"https://{host}:{server.port}/", f"http://{host}:{server.port}/"):
            with pytest.raises(ForbiddenAddressError):
                Outbound(loopback=False).get(url)
            with pytest.raises(ForbiddenAddressError):
                Outbound(loopback=False).post_form(url, {"a": "b"})
    assert server.requests == []


@pytest.mark.parametrize(
    "host", [host for host in INSIDE if not host.startswith(("127", "0x7f", "0177", "2130", "local"))]
)
def test_a_provider_on_loopback_goes_to_loopback_and_to_nothing_else_inside(host: str) -> None:
    if host in ("[::1]", "[::ffff:7f00:1]"):
        assert Outbound(loopback=True).address_of(f"http://{host}/")
        return
    with pytest.raises(ForbiddenAddressError):
        Outbound(loopback=True).get(f"https://{host}/")


@pytest.mark.parametrize("url", NO_ADDRESS)
@pytest.mark.parametrize("loopback", [False, True])
def test_what_is_no_address_of_a_publisher_is_refused(url: str, loopback: bool) -> None:
    with pytest.raises(ForbiddenAddressError):
        Outbound(loopback=loopback).get(url)


def test_a_public_address_is_gone_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, [PUBLIC_6, PUBLIC])
    found = Outbound(loopback=False).address_of("https://uitgever.voorbeeld:8443/x")
    assert found == ("uitgever.voorbeeld", 8443, [PUBLIC_6, PUBLIC])


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], [PUBLIC, "::1"]])
def test_a_name_with_any_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    resolving(monkeypatch, addresses)
    with pytest.raises(ForbiddenAddressError):
        Outbound(loopback=False).get("https://uitgever.voorbeeld/")


def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    with pytest.raises(OutboundError) as failure:
        Outbound(loopback=False).get("https://uitgever.invalid/")
    assert not isinstance(failure.value, ForbiddenAddressError)


def test_a_name_that_changes_its_mind_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebServer(saying("HTTP/1.1 204 No Content")) as server:
        asked = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        url = f"http://uitgever.voorbeeld:{server.port}/"
        assert Outbound(loopback=True).get(url) == Answer(204, b"")
        assert asked == ["uitgever.voorbeeld"]
        with pytest.raises(ForbiddenAddressError):
            Outbound(loopback=True).get(url)
    assert len(server.requests) == 1


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with WebServer(saying("HTTP/1.1 200 OK\nContent-Length: 2", b"ok")) as server:
        resolving(monkeypatch, ["127.0.0.2", "127.0.0.3", "127.0.0.1"])
        url = f"http://uitgever.voorbeeld:{server.port}/"
        assert Outbound(loopback=True).post_form(url, {"a": "b"}) == Answer(200, b"ok")
    assert len(server.requests) == 1
    with pytest.raises(OutboundError, match="does not answer"):
        Outbound(loopback=True).get(url)


def test_a_form_arrives_as_it_was_sent() -> None:
    with WebServer(saying("HTTP/1.1 200 OK\nConnection: close", b"thanks")) as server:
        answer = Outbound(loopback=True).post_form(
            f"http://localhost:{server.port}/out?x=1#f", {"logout_token": "a+/=&é"}
        )
    assert answer == Answer(200, b"thanks")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /out?x=1 HTTP/1.1\r\n")
    assert f"Host: localhost:{server.port}".encode() in head
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    assert b"Cookie" not in head
    assert b"Authorization" not in head
    assert body == b"logout_token=a%2B%2F%3D%26%C3%A9"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with WebServer(saying(f"HTTP/1.1 {status} Go\nLocation: /inside\nContent-Length: 0")) as server:
        assert Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}/").status == status
    assert len(server.requests) == 1


def test_an_answer_of_64_kb_is_read_and_more_is_not() -> None:
    for size, fits in ((65_536, True), (65_537, False)):
        with WebServer(saying(f"HTTP/1.1 200 OK\nContent-Length: {size}", b"x" * size)) as server:
            url = f"http://127.0.0.1:{server.port}/"
            if fits:
                assert len(Outbound(loopback=True).get(url).body) == size
            else:
                with pytest.raises(OutboundError, match="64 kB"):
                    Outbound(loopback=True).get(url)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"]
)
def test_an_answer_without_end_is_left(head: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x" * 65536)

    with WebServer(talk) as server, pytest.raises(OutboundError, match="64 kB"):
        Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}/")


def test_what_comes_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)
    with WebServer(saying(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(bomb)}", bomb)) as server:
        assert Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}/").body == bomb


SLOW = {
    "silence": silent,
    "status": trickling(b"HTTP/1.", b"1"),
    "headers": trickling(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "one header": trickling(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "go ahead": trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": trickling(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "counted body": trickling(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x"),
    "chunks": trickling(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}


@pytest.mark.parametrize("slow", SLOW)
def test_an_answer_that_trickles_in_is_left_in_time(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.4)
    with WebServer(SLOW[slow]) as server:
        began = time.monotonic()
        with pytest.raises(OutboundError):
            Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}/")
        assert time.monotonic() - began < 2
    assert len(server.requests) == 1


def test_a_handshake_that_never_ends_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.4)
    with WebServer(silent) as server:
        began = time.monotonic()
        with pytest.raises(OutboundError):
            Outbound(loopback=True).get(f"https://127.0.0.1:{server.port}/")
        assert time.monotonic() - began < 2


def test_five_seconds_is_what_the_product_waits() -> None:
    assert (outbound.TOTAL_S, outbound.MAX_BODY) == (5, 65_536)


@pytest.mark.parametrize("nonsense", ["", "HTTP/9", "hello", "HTTP/1.1 abc", "HTTP/1.1 200 OK\nContent-Length: -1"])
def test_an_answer_that_is_none_is_a_failure_like_any_other(nonsense: str) -> None:
    with WebServer(saying(nonsense)) as server, contextlib.suppress(OutboundError):
        Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}/")


def test_a_url_that_cannot_be_written_in_a_request_is_a_failure_like_any_other() -> None:
    with WebServer(saying("HTTP/1.1 200 OK")) as server:
        for path in ("/a b", "/é", "/\x7f"):
            with pytest.raises(OutboundError):
                Outbound(loopback=True).get(f"http://127.0.0.1:{server.port}{path}")
    assert server.requests in ([], [b""] * len(server.requests))


def test_https_is_believed_by_its_certificate_for_the_name_that_was_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = a_certificate(tmp_path, "uitgever.voorbeeld")
    resolving(monkeypatch, ["127.0.0.1"])
    believing, strict = Outbound(loopback=True, verify=certificate.trusting), Outbound(loopback=True)
    with WebServer(saying("HTTP/1.1 200 OK\nContent-Length: 2", b"ok"), certificate.server) as server:
        assert believing.get(f"https://uitgever.voorbeeld:{server.port}/") == Answer(200, b"ok")
        with pytest.raises(OutboundError):
            believing.get(f"https://anders.voorbeeld:{server.port}/")
        with pytest.raises(OutboundError):
            strict.get(f"https://uitgever.voorbeeld:{server.port}/")
    assert len([request for request in server.requests if request]) == 1


def test_a_failure_says_where_and_nothing_of_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["127.0.0.1"])
    with WebServer(lambda connection: None) as server, pytest.raises(OutboundError) as failure:
        Outbound(loopback=True).post_form(f"http://uitgever.voorbeeld:{server.port}/?q=geheim", {"token": "geheim"})
    assert "uitgever.voorbeeld" in str(failure.value)
    assert "geheim" not in str(failure.value)
