"""`sleutelbos demo`: provider, worker, publishers and network environments in the foreground, with demo data."""

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from idp import config
from idp.cli.context import DEMO_PARENT, App, CommandError, explained
from idp.cli.ports import refuse_taken_port
from idp.kernel.secrets import KeyRing

READY_WITHIN_S = 60
END_WITHIN_S = 4.5


@click.command()
def demo() -> None:
    """Play the whole product on this machine: a school, parents, publishers and their mail. For trying out only."""
    settings = _settings()
    for port, variable in (
        (settings.port, "PORT"),
        (settings.clients_port, "CLIENTS_PORT"),
        (settings.networks_port, "NETWORKS_PORT"),
    ):
        refuse_taken_port(settings.host, port, variable)
    app = App(settings)
    app.upgrade()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _children(settings) as children:
        # Most of the program is needed for the data and the worker alone: by now the servers are importing it too.
        data = importlib.import_module("idp.cli.demo_data")
        data.fill(app, _environment(settings))
        worker = threading.Thread(target=data.work, args=(app, stop), name="worker", daemon=True)
        worker.start()
        if _wait_until_ready(settings, children, stop):
            _announce(settings)
        _watch(children, stop)
        worker.join(timeout=2)


def _settings() -> config.Settings:
    """The demo's settings; its key ring is kept in the data folder, made at the first start."""
    try:
        if os.environ.get("IDP_KEYS"):
            return config.load(demo=True)
        first = config.load(demo=True)
        with explained(first):
            return config.load(demo=True, keys=_ring(first.data))
    except config.SettingsError as error:
        raise CommandError(str(error).replace("\n", "\n  ")) from error


def _ring(data: Path) -> str:
    file = data / "keys"
    if file.exists():
        return file.read_text().strip()
    data.mkdir(parents=True, exist_ok=True)
    ring = KeyRing.generate()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(ring + "\n")
    return ring


def _environment(settings: config.Settings) -> dict[str, str]:
    return os.environ | {
        "IDP_ISSUER": settings.issuer,
        "IDP_DATA": str(settings.data.resolve()),
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_KEYS": settings.keys.get_secret_value(),
        "IDP_DEMO": "1",
        "CLIENTS_BASE": settings.clients_base,
        "CLIENTS_DATA": str(settings.data.resolve() / "clients"),
        "NETWORKS_BASE": settings.networks_base,
        "NETWORKS_DATA": str(settings.data.resolve() / "networks"),
        DEMO_PARENT: str(os.getpid()),
    }


@contextmanager
def _children(settings: config.Settings) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The three servers; whatever happens, none of them outlives this block."""
    environment = _environment(settings)
    modules = {
        "provider": ["idp.cli", "serve", "--copies"],
        "publishers": ["clients.publisher"],
        "networks": ["clients.network"],
    }
    running = {
        # A group of its own: Ctrl-C reaches us alone, and we end them in order.
        name: subprocess.Popen([sys.executable, "-m", *module], env=environment, start_new_session=True)
        for name, module in modules.items()
    }
    try:
        yield running
    finally:
        _end(list(running.values()))


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + END_WITHIN_S
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _wait_until_ready(
    settings: config.Settings, children: dict[str, subprocess.Popen[bytes]], stop: threading.Event
) -> bool:
    addresses = {
        "provider": f"http://{settings.host}:{settings.port}/healthz/ready",
        "publishers": f"http://{settings.host}:{settings.clients_port}/",
        "networks": f"http://{settings.host}:{settings.networks_port}/",
    }
    deadline = time.monotonic() + READY_WITHIN_S
    while addresses and not stop.is_set():
        for name, address in list(addresses.items()):
            if children[name].poll() is not None:
                raise CommandError(f"the {name} did not start; its reason stands above")
            try:
                with urlopen(address, timeout=2):  # noqa: S310 (our own address)
                    del addresses[name]
            except (URLError, OSError):
                continue
        if time.monotonic() > deadline:
            raise CommandError(f"the {', '.join(addresses)} did not answer within {READY_WITHIN_S} s")
        stop.wait(0.05)
    return not stop.is_set()


def _watch(children: dict[str, subprocess.Popen[bytes]], stop: threading.Event) -> None:
    while not stop.wait(0.25):
        for name, child in children.items():
            if child.poll() is not None:
                stop.set()
                raise CommandError(
                    f"the {name} ended by itself (exit code {child.returncode}); its reason stands above"
                )


def _announce(settings: config.Settings) -> None:
    click.echo(
        f"""
Sleutelbos is up.

  Provider       {settings.issuer}
  Demo accounts  {settings.issuer}/demo
  Mailbox        {settings.issuer}/demo/postvak
  Publishers     {settings.clients_base}/
  Networks       {settings.networks_base}/
"""
    )
    with urlopen(f"http://{settings.host}:{settings.port}/demo.json", timeout=10) as answer:
        facts = json.load(answer)
    for person in facts["staff"]:
        click.echo(
            f"  {person['role']:<9} {person['email']:<36} {person['password']}   ({person['school'] or 'platform'})"
        )
    for home in facts["homes"]:
        names = ", ".join(child["first_name"] for child in home["children"])
        click.echo(f"  {'parent':<9} {home['email']:<36} {home['password']}   ({names})")
    click.echo("\nCtrl-C ends it all.", nl=True)
    sys.stdout.flush()
