"""One environment at work."""

import time
from dataclasses import dataclass, field, replace
from uuid import NAMESPACE_OID, uuid5

from flask import Request

from clients.browsers import BrowserCookie
from clients.network.environments import Environment, Person
from clients.network.keys import Claims, Keys
from clients.network.memory import Expiring, Grant, Pending, Session
from clients.network.misbehaviour import MODES, Mode
from clients.network.party import Party

CODE_S, TOKEN_S, ID_TOKEN_S, PENDING_S, SESSION_S = 60, 300, 300, 1800, 4 * 3600


@dataclass(slots=True)
class Peer:
    """What it is, whom it knows, what it remembers, and how it misbehaves now (`mode`, a name of MODES)."""

    environment: Environment
    base: str
    party: Party
    keys: Keys
    cookie: BrowserCookie
    mode: str = "none"
    delay_s: float = 8
    sessions: Expiring[Session] = field(default_factory=lambda: Expiring(SESSION_S))
    pending: Expiring[Pending] = field(default_factory=lambda: Expiring(PENDING_S))
    codes: Expiring[Grant] = field(default_factory=lambda: Expiring(CODE_S))
    tokens: Expiring[Person] = field(default_factory=lambda: Expiring(TOKEN_S))
    _assertions: dict[str, object] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Names it in addresses."""
        return self.environment.slug

    @property
    def issuer(self) -> str:
        """Its name in the protocol, and the address below which everything of it lies."""
        return f"{self.base}/{self.slug}"

    @property
    def wrong(self) -> Mode:
        """What is wrong with it at the moment."""
        return MODES[self.mode]

    def session(self, request: Request) -> Session | None:
        """Who is signed in on the browser that sent this request."""
        return self.sessions.get(self.cookie.read(request))

    def sub(self, person: Person) -> str:
        """The subject identifier: the pupil key itself where the environment says so, otherwise a name of its own."""
        if self.environment.pupil_key == "sub":
            return person.pupil_key
        return str(uuid5(NAMESPACE_OID, f"{self.slug}:{person.username}"))

    def first_use(self, jti: str) -> bool:
        """Is this client assertion shown for the first time (RFC 7523 3)? One statement: of fifty at once, one is."""
        mine = object()
        return self._assertions.setdefault(jti, mine) is mine

    def about(self, person: Person) -> Claims:
        """What is told about a person; when misbehaving so, somebody whom no school has."""
        if self.wrong.stranger:
            person = replace(person, username="unknown", pupil_key=f"{self.slug}-9999")
        return {
            self.environment.pupil_key: person.pupil_key,
            "sub": self.sub(person),
            "given_name": person.given_name,
        }


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())
