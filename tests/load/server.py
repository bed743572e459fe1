"""A provider to measure: demo data in a folder of its own, served on the first core only."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from idp.cli.context import DEMO_PARENT
from idp.kernel.secrets import KeyRing

SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Provider:
    """Where it listens, its process, and the publishers it knows."""

    host: str
    port: int
    pid: int
    registrations: list[dict[str, Any]]

    @property
    def issuer(self) -> str:
        """Its own address."""
        return f"http://localhost:{self.port}"

    def rss_mib(self) -> float:
        """Resident memory of the process that answers (the largest of its group), in MiB."""
        listing = subprocess.run(
            ["ps", "-o", "rss=", "--ppid", str(self.pid), "-p", str(self.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        return max(int(line) for line in listing.stdout.split()) / 1024


@contextmanager
def provider(folder: Path, extra_clients: list[dict[str, Any]]) -> Iterator[Provider]:
    """Start one with the demo's data and `extra_clients`; end it with the block."""
    port = _free_port()
    environment = os.environ | {
        "PORT": str(port),
        "IDP_ISSUER": f"http://localhost:{port}",
        "IDP_DATA": str(folder),
        "IDP_DATABASE_URL": "",
        "IDP_KEYS": KeyRing.generate(),
        "IDP_DEMO": "1",
        DEMO_PARENT: str(os.getpid()),
    }
    registrations = json.loads(_run(["-m", "clients.publisher", "--print-registrations"], environment)) + extra_clients
    _run(["-m", "idp.cli", "db", "upgrade"], environment)
    _run(["-m", "tests.load.seed"], environment)
    _run(["-m", "idp.cli", "client", "import", "-"], environment, json.dumps(registrations))
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "idp.cli", "serve"]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz/ready", process)
        yield Provider("127.0.0.1", port, process.pid, registrations)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _run(arguments: list[str], environment: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit("the provider did not start; its reason stands above")
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the provider did not answer within 30 s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
