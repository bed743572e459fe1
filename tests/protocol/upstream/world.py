"""The provider, and the demo's network environments as a process of their own: what travels between the two is HTTP."""

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
from urllib.parse import urljoin, urlsplit

import requests

from clients.network import environments
from clients.network.environments import Environment
from tests.protocol.clients.world import Traveller
from tests.site import Site
from tests.visitor import Answer, Page

EVERY = environments.load()
BY_SLUG = {one.slug: one for one in EVERY}


class Pupil(Traveller):
    """A child's browser; it stops at the door of a publisher (*.example)."""

    def _follow(self, answer: Answer) -> Page:
        for _ in range(12):
            if answer.status not in (301, 302, 303, 307, 308):
                return self._page(answer)
            to = urljoin(answer.url, answer.headers["Location"])
            if (urlsplit(to).hostname or "").endswith(".example"):
                return Page(self, to, answer.status, answer.headers, "")
            answer = self.send("GET", to)
        raise AssertionError(f"redirected without end, last to {answer.url}")

    @property
    def signed_in(self) -> bool:
        """Does our portal know who this is?"""
        return self.open("/portaal").path == "/portaal"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Both of them at work."""

    site: Site
    base: str

    def pupil(self) -> Pupil:
        """A fresh browser."""
        return Pupil(self.site.issuer)

    def misbehave(self, slug: str, mode: str, seconds: float = 8) -> None:
        """From now on this environment is wrong in this way."""
        answer = requests.post(f"{self.base}/{slug}/misbehave", data={"mode": mode, "seconds": seconds}, timeout=5)
        assert answer.json()["mode"] == mode

    def arrive(self, pupil: Pupil, slug: str, person: int = 0, start: str = "") -> Page:
        """From our page of environments (or `start`) to wherever that ends, as this person of the environment."""
        page = pupil.open(start or f"/netwerk/{slug}/begin")
        return self.pick(page, slug, person)

    @staticmethod
    def pick(page: Page, slug: str, person: int = 0) -> Page:
        """Say who you are on the environment's own page."""
        return page.submit(button=f"person={BY_SLUG[slug].people[person].username}")

    def answer(self, pupil: Pupil, slug: str, start: str = "") -> str:
        """Sign in there, and stop at the address with which the browser is sent back to us."""
        page = pupil.open(start or f"/netwerk/{slug}/begin")
        fields = {name: page.select(f"input[name={name}]")[0].get("value") for name in ("form_token", "request")}
        person = BY_SLUG[slug].people[0].username
        return pupil.step("POST", f"{self.base}/{slug}/aanmelden", data=fields | {"person": person})


def first_name(environment: Environment, person: int = 0) -> str:
    """What our own pages call this person of an environment."""
    return environment.people[person].given_name


@contextmanager
def running(site: Site, folder: Path) -> Iterator[Upstream]:
    """`python -m clients.network` beside the provider, which knows all eight as `--print-clients` says."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = os.environ | {
        "IDP_ISSUER": site.issuer,
        "IDP_HOST": "127.0.0.1",
        "NETWORKS_BASE": base,
        "NETWORKS_DATA": str(folder),
    }
    command = [sys.executable, "-m", "clients.network"]
    printed = subprocess.run([*command, "--print-clients"], env=environment, capture_output=True, check=True)
    described: list[dict[str, Any]] = json.loads(printed.stdout)
    site.connect(*described)
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(base)
        yield Upstream(site, base)
    finally:
        process.terminate()
        process.wait(10)


def _wait(base: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(f"{base}/", timeout=1)
            return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError("the network environments did not start")
