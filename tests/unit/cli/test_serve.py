"""`sleutelbos serve`, as an operator starts it: it answers, its threads take turns, and it ends when it is told to."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from idp.kernel.secrets import KeyRing
from tests.loopback import free_port


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process, and where it answers."""
    port = free_port()
    environment = os.environ | {
        "PORT": str(port),
        "IDP_ISSUER": f"http://localhost:{port}",
        "IDP_DATA": str(tmp_path),
        "IDP_DATABASE_URL": database_url,
        "IDP_KEYS": KeyRing.generate(),
    }
    process = subprocess.Popen([sys.executable, "-m", "idp.cli", "serve"], env=environment)
    try:
        yield process, f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait(timeout=10)


def _answers(address: str) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            return requests.get(f"{address}/healthz/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            time.sleep(0.1)
    return False


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone has it")
def test_every_process_behind_the_port_takes_turns_and_all_end(served: tuple[subprocess.Popen[bytes], str]) -> None:
    process, address = served
    assert _answers(address)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    policies = {os.sched_getscheduler(int(pid)) for pid in (process.pid, *children)}
    assert (bool(children), policies) == (True, {os.SCHED_BATCH})
    process.terminate()
    assert process.wait(timeout=10) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{address}/healthz/ready", timeout=2)
