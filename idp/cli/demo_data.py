"""What the demo lays down, and its worker: loaded while the demo's servers are starting already."""

import json
import subprocess
import sys
import threading
from typing import Any

from idp.app import DEMO_FACTS, build_worker, seed_demo
from idp.cli.client import import_registrations
from idp.cli.context import App, CommandError, explained
from idp.cli.network import import_environments
from idp.engine.clients.initial_access import issue_initial_access_token, terms_of
from idp.kernel.clock import now
from idp.school import contracts


def fill(app: App, environment: dict[str, str]) -> None:
    """People, publishers and network environments, once; a changed port changes the publishers' addresses."""
    registrations = _printed("clients.publisher", "--print-registrations", environment)
    networks = _printed("clients.network", "--print-people", environment)
    with explained(app.settings), app.database.write() as db:
        seed_demo(app.settings, db, app.keyring)
    import_registrations(app, registrations)
    import_environments(app, _printed("clients.network", "--print-clients", environment))
    facts = {
        "publishers": [
            {
                "slug": entry["client_uri"].rstrip("/").rsplit("/", 1)[-1],
                "name": entry["client_name"],
                "client_id": entry["client_id"],
                "url": entry["client_uri"],
            }
            for entry in registrations
        ],
        "networks": networks,
        "initial_access_token": _initial_access_token(app),
    }
    file = app.settings.data / DEMO_FACTS
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(facts, ensure_ascii=False))
    fresh.replace(file)


def _initial_access_token(app: App) -> str:
    """The token with which anybody on this machine registers clients in the demo; made at the first start."""
    file = app.settings.data / "initial-access-token"
    kept = file.read_text() if file.exists() else ""
    generous = dict.fromkeys(("all_schools", "public_subjects", "session_management"), True)
    terms = {**generous, "claims": sorted(contracts.CLAIMS)}
    with explained(app.settings), app.database.write() as db:
        if terms_of(db, kept, now()) is not None:
            return kept
        token = issue_initial_access_token(db, now(), terms=terms)
    file.write_text(token)
    return token


def _printed(module: str, option: str, environment: dict[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", module, option], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{module} {option} failed: {done.stderr.strip()}")
    printed: list[dict[str, Any]] = json.loads(done.stdout)
    return printed


def work(app: App, stop: threading.Event) -> None:
    """Carry out the outbox until `stop` is set."""
    build_worker(app.settings, app.database, app.keyring).run_forever(stop)
