"""Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the frames that our last page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection

from idp.engine.clients.registry import Registry
from idp.engine.sessions import clients_that_saw


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """For one issuer."""

    issuer: str
    registry: Registry

    def frames(self, db: Connection, *sids: str) -> list[str]:
        """One address per client that saw a session and wants to hear of its end in the browser, with iss and sid (3).

        It may be asked before or after the end; a page that shows these puts `origins` into its frame-src.
        """
        found = []
        for sid in sids:
            for client_id, _sub in clients_that_saw(db, sid):
                client = self.registry.find(db, client_id)
                if client is None or client.frontchannel_logout_uri is None:
                    continue
                uri = client.frontchannel_logout_uri
                told = urlencode({"iss": self.issuer, "sid": sid})
                found.append(f"{uri}{'&' if '?' in uri else '?'}{told}")
        return found


def origins(frames: Iterable[str]) -> list[str]:
    """The origins of these addresses, for Content-Security-Policy frame-src."""
    return sorted({"{0.scheme}://{0.netloc}".format(urlsplit(frame)) for frame in frames})
