"""The two programs as the demo starts them: quickly up, quickly gone, and plain about a port that is taken."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

PROGRAMS = {"clients.publisher": ("CLIENTS", "publishers"), "clients.network": ("NETWORKS", "networks")}


@dataclass(frozen=True, slots=True)
class Program:
    """How to start one of them, and where it then is."""

    module: str
    base: str
    environment: dict[str, str]

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", self.module]
        process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            try:
                assert requests.get(self.base + "/", timeout=2).status_code == 200
                return process
            except requests.ConnectionError:
                time.sleep(0.02)
        raise AssertionError(f"{self.module} did not start: {process.poll()}")


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """Each of the two, on a free port, without a provider anywhere."""
    prefix, _ = PROGRAMS[request.param]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    own = {f"{prefix}_BASE": base, f"{prefix}_DATA": str(tmp_path / "data"), "IDP_ISSUER": "http://127.0.0.1:1"}
    return Program(request.param, base, os.environ | own)


@pytest.fixture
def running(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """The program, running."""
    process = program.start()
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds(program: Program, running: subprocess.Popen[bytes], number: signal.Signals) -> None:
    running.send_signal(number)
    running.wait(timeout=2)
    with pytest.raises(requests.ConnectionError):
        requests.get(program.base + "/", timeout=1)


def test_it_ends_also_while_somebody_waits_for_an_answer(program: Program, running: subprocess.Popen[bytes]) -> None:
    slow = program.base + ("/moo/jwks" if program.module == "clients.network" else "/blink/login")
    requests.post(program.base + "/moo/misbehave", data={"mode": "slow", "seconds": "20"}, timeout=5)
    with socket.create_connection(("127.0.0.1", int(program.base.rpartition(":")[2]))) as waiting:
        path = slow.removeprefix(program.base)
        waiting.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.2)
        running.terminate()
        running.wait(timeout=2)


def test_a_port_that_is_taken_is_one_line(program: Program, running: subprocess.Popen[bytes]) -> None:
    prefix, name = PROGRAMS[program.module]
    command = [sys.executable, "-m", program.module]
    second = subprocess.run(command, env=program.environment, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert second.stdout == ""
    (line,) = second.stderr.splitlines()
    assert line.startswith(f"{name}: 127.0.0.1:")
    assert line.endswith(f"is in use; stop the other program or set {prefix}_PORT")
    assert running.poll() is None


def test_without_a_provider_it_is_up_and_says_so_to_who_signs_in(
    program: Program, running: subprocess.Popen[bytes]
) -> None:
    if program.module == "clients.publisher":
        page = requests.get(program.base + "/veilig-verkeer-nederland/login", timeout=10)
        assert page.status_code == 503
        assert "Sleutelbos geeft geen antwoord" in page.text
    else:
        assert requests.get(program.base + "/moo/jwks", timeout=10).json()["keys"]
    assert running.poll() is None
