"""What the pages work with. Built once, in `idp.app`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.directory import Directory
from idp.engine.engine import Engine
from idp.kernel.db import Database
from idp.kernel.refusals import Refusals
from idp.kernel.secrets import KeyRing, Passwords
from idp.kernel.source import Network


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What only the demo tells: addresses of the demo's other two servers, and its people."""

    publishers: Sequence[Mapping[str, Any]] = ()  # {"slug", "name", "client_id", "url"}
    networks: Sequence[Mapping[str, Any]] = ()  # {"slug", "name", "url", "people"}
    initial_access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every `blueprint(services)`; while the program runs, only `refusals` learns something."""

    issuer: str
    secure: bool  # the issuer is https: cookies are `__Host-` and Secure
    demo: bool
    database: Database
    keyring: KeyRing
    passwords: Passwords
    directory: Directory
    engine: Engine
    trusted_proxies: Sequence[Network] = ()
    metrics_token: str = ""
    refusals: Refusals = field(default_factory=Refusals)
    demo_facts: Callable[[], DemoFacts] = DemoFacts  # asked for at each request: the demo writes them while we start

    def cookie(self, name: str) -> str:
        """The name under which a cookie of ours is set: `__Host-` in front on https (RFC 6265bis 4.1.3.2)."""
        return f"__Host-{name}" if self.secure else name
