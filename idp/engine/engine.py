"""The engine, put together. The composition root builds one; pages and machine endpoints share it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from idp.engine.answers import Packer
from idp.engine.clients.authentication import Authenticator
from idp.engine.clients.certificate import Handover
from idp.engine.clients.client_keys import ClientKeys
from idp.engine.clients.logos import Logos
from idp.engine.clients.registry import Registry
from idp.engine.discovery import USERINFO_METADATA
from idp.engine.keys import KeyStore
from idp.engine.logout.backchannel import Deliverer
from idp.engine.logout.frontchannel import FrontChannel
from idp.engine.logout.session_management import SessionManagement
from idp.engine.ports import Subjects, Welcome, nothing_to_arrange
from idp.engine.protected import Door
from idp.engine.requests.devices import Devices
from idp.engine.requests.intake import Intake
from idp.engine.responses import Answers
from idp.engine.sessions import Sessions
from idp.engine.tables import GRANT
from idp.engine.tokens.dpop import Dpop
from idp.engine.tokens.id_token import read_hint
from idp.engine.tokens.issue import Issuer
from idp.engine.upstream.documents import Documents
from idp.engine.upstream.signin import RelyingParty
from idp.kernel.db import Database
from idp.kernel.outbound import Outbound
from idp.kernel.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that speaks OAuth and OpenID, for one issuer."""

    issuer: str
    database: Database
    keyring: KeyRing
    subjects: Subjects
    registry: Registry
    keys: KeyStore
    sessions: Sessions
    tokens: Issuer
    outbound: Outbound
    authenticator: Authenticator
    intake: Intake
    answers: Answers
    welcome: Welcome
    dpop: Dpop
    door: Door
    packer: Packer
    devices: Devices
    frontchannel: FrontChannel
    session_management: SessionManagement
    upstreams: RelyingParty
    logos: Logos

    @classmethod
    def build(
        cls,
        issuer: str,
        database: Database,
        keyring: KeyRing,
        subjects: Subjects,
        *,
        handover: Handover | None = None,
        welcome: Welcome = nothing_to_arrange,
    ) -> "Engine":
        """An engine on this database. `handover`: how a trusted proxy hands over clients' certificates."""
        registry, keys = Registry(), KeyStore(database, keyring)
        # A provider that lives on loopback (a demo, a developer's machine) may call its clients there.
        outbound = Outbound(loopback=urlsplit(issuer).hostname in ("localhost", "127.0.0.1", "::1"))
        client_keys, handover = ClientKeys(outbound), handover or Handover()
        dpop = Dpop.build(issuer, keyring)
        return cls(
            issuer=issuer,
            database=database,
            keyring=keyring,
            subjects=subjects,
            registry=registry,
            keys=keys,
            sessions=Sessions(keyring, registry),
            outbound=outbound,
            authenticator=Authenticator(issuer, database, registry, client_keys, handover),
            intake=Intake(issuer, database, registry, client_keys, outbound),
            answers=Answers(issuer, keys),
            welcome=welcome,
            tokens=Issuer(issuer, keys, subjects, registry),
            dpop=dpop,
            door=Door(registry, dpop, handover, issuer + USERINFO_METADATA),
            packer=Packer(issuer, keys, client_keys),
            devices=Devices(registry),
            frontchannel=FrontChannel(issuer, registry),
            session_management=SessionManagement.build(issuer, keyring),
            upstreams=RelyingParty(issuer, keyring, Documents(outbound)),
            logos=Logos(outbound),
        )

    def deliverer(self, outbound: Outbound) -> Deliverer:
        """The worker's handler of logout calls."""
        return Deliverer(self.issuer, self.database, self.registry, self.keys, outbound)

    def hinted_subject(self, db: Connection, hint: str | None, client_id: str, now: datetime) -> str | None:
        """Whose id_token_hint this is; "" = nobody's that this client could know; None = there is no hint."""
        if hint is None:
            return None
        claims = read_hint(self.keys, self.issuer, hint, now)
        if claims is None or claims.get("aud") != client_id:
            return ""
        row = db.execute(
            GRANT.select()
            .with_only_columns(GRANT.c.subject)
            .where(GRANT.c.client_id == client_id, GRANT.c.sub == str(claims.get("sub")))
            .limit(1)
        ).scalar()
        return str(row) if row is not None else ""
