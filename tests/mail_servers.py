"""Mail servers on loopback: a real one (aiosmtpd), and one that says what it is told to say."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.loopback import LoopbackServer, free_port


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate for localhost and 127.0.0.1; `file` is what a client must trust."""

    file: Path
    server: ssl.SSLContext

    @property
    def trusting(self) -> ssl.SSLContext:
        """A client's context that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=str(self.file))


def a_certificate(folder: Path, *names: str) -> Certificate:
    """A new one, also for the DNS `names`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternatives = [x509.DNSName(name) for name in ("localhost", *names)]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([*alternatives, x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key_file)
    return Certificate(file, server)


@dataclass(slots=True)
class Arrived:
    """A mail that the server took."""

    to: list[str]
    raw: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class MailServer:
    """aiosmtpd. `answer` decides about each mail that came in whole: None takes it, text is the reply instead."""

    certificate: Certificate | None = None
    password: str | None = None
    from_the_start: bool = False  # TLS at once (smtps), not STARTTLS
    answer: Callable[[Arrived], str | None] = lambda _mail: None
    port: int = field(default_factory=free_port)
    arrived: list[Arrived] = field(default_factory=list)
    turned_away: list[Arrived] = field(default_factory=list)
    _controller: Controller | None = None

    async def handle_DATA(self, _server: object, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for a whole mail."""
        login = session.auth_data
        user = login.login.decode() if isinstance(login, LoginPassword) else None
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = Arrived(list(envelope.rcpt_tos), raw, session.ssl is not None or self.from_the_start, user)
        reply = self.answer(mail)
        (self.arrived if reply is None else self.turned_away).append(mail)
        return reply or "250 2.0.0 OK"

    def start(self) -> Self:
        """Listen (again) on the same port."""
        options: dict[str, Any] = {}
        if self.from_the_start and self.certificate:
            options["ssl_context"] = self.certificate.server
        elif self.certificate:
            options |= {"tls_context": self.certificate.server, "require_starttls": True}
        if self.password is not None:
            # aiosmtpd sees no encryption that was there before it, so from the start it cannot ask for it.
            asks = self.certificate is not None and not self.from_the_start
            options |= {"authenticator": self._check, "auth_required": True, "auth_require_tls": asks}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Go away, with every open connection."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def url(self, login: str = "") -> str:
        """IDP_SMTP_URL for this server; `login` is "user:password"."""
        scheme = "smtps" if self.from_the_start else "smtp"
        return f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    def _check(self, _server: object, _session: object, _envelope: object, _how: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password.decode() == self.password, auth_data=data, handled=False)

    __enter__ = start

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


TAKES_ALL = {
    "GREETING": "220 voorbeeld ESMTP",
    "EHLO": "250 voorbeeld",
    "HELO": "250 voorbeeld",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go on",
    ".": "250 2.0.0 OK",
    "RSET": "250 OK",
    "QUIT": "221 bye",
}


class ScriptedServer(LoopbackServer):
    """Answers each verb as `replies` says; an empty reply hangs up. `said`: the verbs of all clients."""

    def __init__(self, **replies: str) -> None:
        super().__init__()
        self._replies: Mapping[str, str] = TAKES_ALL | {
            verb.replace("DOT", "."): reply for verb, reply in replies.items()
        }
        self.said: list[str] = []

    def serve(self, connection: socket.socket) -> None:
        """One client."""
        with connection.makefile("rwb", buffering=0) as wire:
            self._talk(wire)

    def _talk(self, wire: socket.SocketIO) -> None:
        going = self._say(wire, "GREETING")
        while going and (line := wire.readline().decode().rstrip("\r\n")):
            verb = line.partition(" ")[0].upper()
            self.said.append(verb)
            going = self._say(wire, verb) and verb != "QUIT"
            if verb == "DATA" and self._replies[verb].startswith("354"):
                while wire.readline() not in (b".\r\n", b""):
                    pass
                going = self._say(wire, ".")

    def _say(self, wire: socket.SocketIO, verb: str) -> bool:
        reply = self._replies.get(verb, "502 what?")
        try:
            wire.write(f"{reply}\r\n".encode() if reply else b"")
        except OSError:
            return False
        return bool(reply)
