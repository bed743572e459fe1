"""The composition root: settings become a database, an engine, a directory, pages and a worker."""

import json
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from idp import config
from idp.directory import Directory
from idp.engine import keys
from idp.engine import retention as engine_retention
from idp.engine.clients.certificate import Handover
from idp.engine.clients.initial_access import Terms
from idp.engine.engine import Engine
from idp.engine.http import MachineEndpoints, WsgiApp
from idp.kernel import logs
from idp.kernel import retention as kernel_retention
from idp.kernel.clock import now
from idp.kernel.db import Database, make_engine
from idp.kernel.mail import Composer, Mailer
from idp.kernel.outbound import Outbound
from idp.kernel.outbox import Handler
from idp.kernel.secrets import KeyRing, Passwords
from idp.kernel.source import networks
from idp.kernel.transports import DemoMailbox, SmtpTransport, Transport
from idp.kernel.worker import Worker
from idp.school import contracts, demo, retention
from idp.web import pages
from idp.web.quick_door import QuickDoor
from idp.web.services import DemoFacts, Services

DEMO_FACTS = "demo.json"
"""What the demo's other servers say of themselves, in the data folder."""


def build(settings: config.Settings, database: Database, keyring: KeyRing) -> WsgiApp:
    """The whole provider as one WSGI application. The schema is up to date; first keys are made here."""
    with database.write() as db:
        keys.ensure(db, keyring, now())
    directory = Directory(keyring)
    proxies = networks(settings.trusted_proxies)
    engine = Engine.build(
        settings.issuer,
        database,
        keyring,
        directory,
        handover=Handover(proxies, settings.certificate_header),
        welcome=_welcome,
    )
    services = Services(
        issuer=settings.issuer,
        secure=settings.secure,
        demo=settings.demo,
        database=database,
        keyring=keyring,
        passwords=Passwords(),
        directory=directory,
        engine=engine,
        trusted_proxies=proxies,
        metrics_token=settings.metrics_token.get_secret_value(),
        demo_facts=lambda: _demo_facts(settings),
    )
    rooms = cast(WsgiApp, pages.build(services, template_folder()).wsgi_app)
    door = QuickDoor(services, rooms, pages.fixed_headers(services))
    return MachineEndpoints(engine, door, services.refusals, proxies)


def from_environment() -> WsgiApp:
    """For a server that starts processes of its own (granian's factory)."""
    logs.configure()
    settings = config.load()
    keyring = KeyRing.parse(settings.keys.get_secret_value())
    return build(settings, Database(make_engine(settings.database)), keyring)


def build_worker(settings: config.Settings, database: Database, keyring: KeyRing) -> Worker:
    """What carries out the outbox: mail, and logout calls to publishers."""
    transports: list[Transport] = [DemoMailbox(database)] if settings.demo else []
    if url := settings.smtp_url.get_secret_value():
        transports.append(SmtpTransport(url))
    composer = Composer(settings.issuer, settings.mail_from, template_folder())
    directory = Directory(keyring)
    engine = Engine.build(settings.issuer, database, keyring, directory)
    outbound = Outbound(loopback=config.is_loopback(settings.issuer_host))
    handlers: dict[str, Handler] = {
        "mail": Mailer(composer, tuple(transports)),
        "backchannel_logout": engine.deliverer(outbound),
    }
    chores = (
        *retention.CHORES,
        *engine_retention.CHORES,
        *kernel_retention.CHORES,
        directory.departed(engine.sessions),
        directory.former(engine.sessions),
    )
    return Worker(database, keyring, handlers, chores)


def seed_demo(settings: config.Settings, db: Connection, keyring: KeyRing) -> None:
    """The demo's school, people and homes, once."""
    keys.ensure(db, keyring, now())
    demo.seed(db, keyring, Passwords(), now())


def template_folder() -> Path:
    """Beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.exists() else Path(__file__).parents[1] / "templates"


def _welcome(db: Connection, client_id: str, name: str, terms: Terms) -> None:
    """What the school's world knows of a client that registered itself: what its initial access token is good for."""
    contracts.store_publisher(db, client_id, name, terms.get("claims", ()), bool(terms.get("all_schools")))


def _demo_facts(settings: config.Settings) -> DemoFacts:
    file = settings.data / DEMO_FACTS
    if not settings.demo or not file.exists():
        return DemoFacts()
    facts = json.loads(file.read_text())
    return DemoFacts(facts["publishers"], facts["networks"], facts.get("initial_access_token"))
