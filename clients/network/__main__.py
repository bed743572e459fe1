"""`python -m clients.network`: serve the demo's network environments; `--print-people`, `--print-clients`: what a demo
page and the provider must know."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from clients import environment
from clients.environment import StartError
from clients.network import environments
from clients.network.environments import Environment
from clients.network.party import described, parties
from clients.serving import serve


def main() -> int:
    """0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m clients.network", description=__doc__)
    parser.add_argument("--print-people", action="store_true", help="print the environments and their demo people")
    parser.add_argument("--print-clients", action="store_true", help="print the provider's own registrations")
    arguments = parser.parse_args()
    try:
        settings = environment.read("NETWORKS", "http://localhost:5002")
        every = environments.load()
        if arguments.print_people:
            _print([people_of(one, settings.base) for one in every])
            return 0
        known = parties(every, settings.issuer, settings.data)
        if arguments.print_clients:
            _print([described(one, settings.base, known[one.slug]) for one in every])
        else:
            serve("clients.network.app:from_environment", settings, "NETWORKS_PORT")
    except (StartError, OSError, ValueError) as error:
        print(f"networks: {error}", file=sys.stderr)
        return 1
    return 0


def people_of(environment: Environment, base: str) -> dict[str, Any]:
    """An environment and who can sign in there; all of it is made up."""
    return {
        "slug": environment.slug,
        "name": environment.name,
        "url": f"{base}/{environment.slug}/",
        "people": [asdict(person) | {"name": person.name, "fake": True} for person in environment.people],
    }


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
