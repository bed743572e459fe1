"""The demo as a person starts it: provider, worker, publishers and network environments, each a real process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Demo:
    """Where it is; `process` is `sleutelbos demo` itself, and `folder` holds its data."""

    issuer: str
    clients: str
    process: subprocess.Popen[str]
    folder: Path
    database_url: str = ""

    def command(self, *words: str) -> str:
        """What another `sleutelbos` command on the same database says. Raises CalledProcessError when it fails."""
        environment = os.environ | {
            "IDP_ISSUER": self.issuer,
            "IDP_DATA": str(self.folder),
            "IDP_DATABASE_URL": self.database_url,
            "IDP_KEYS": (self.folder / "keys").read_text().strip(),
        }
        command = [sys.executable, "-m", "idp.cli", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    def facts(self) -> dict[str, Any]:
        """/demo.json as it is now."""
        with urlopen(f"{self.issuer}/demo.json", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def mail_to(self, address: str, *, count: int = 1, seconds: float = 15) -> list[dict[str, Any]]:
        """The mails to an address, newest first, once there are `count`. Raises AssertionError when they stay away."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with urlopen(f"{self.issuer}/demo/postvak.json", timeout=10) as answer:
                mails = [mail for mail in json.load(answer) if mail["to"] == address]
            if len(mails) >= count:
                return mails
            time.sleep(0.1)
        raise AssertionError(f"no {count} mails to {address} within {seconds} s")


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses at this moment, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


@contextmanager
def running(folder: Path, database_url: str = "") -> Iterator[Demo]:
    """`sleutelbos demo` on free ports with its data in `folder`, until the block ends."""
    port, clients, networks = free_ports(3)
    environment = os.environ | {
        "PORT": str(port),
        "CLIENTS_PORT": str(clients),
        "NETWORKS_PORT": str(networks),
        "IDP_DATA": str(folder),
        "IDP_DATABASE_URL": database_url,
    }
    command = [sys.executable, "-m", "idp.cli", "demo"]
    log = folder / "demo.log"
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, text=True)
    demo = Demo(f"http://localhost:{port}", f"http://localhost:{clients}", process, folder, database_url)
    try:
        _wait(demo, log)
        yield demo
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def _wait(demo: Demo, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if "Ctrl-C ends it all" in log.read_text():
            return
        if demo.process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the demo did not start:\n{log.read_text()}")
