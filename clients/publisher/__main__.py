"""`python -m clients.publisher`: serve the demo's publishers; `--print-registrations`: what the provider must know."""

import argparse
import json
import sqlite3
import sys

from clients import environment
from clients.environment import StartError
from clients.publisher import publishers
from clients.publisher.registration import registration, secrets_of
from clients.publisher.store import STORE, Store
from clients.serving import serve


def main() -> int:
    """0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m clients.publisher", description=__doc__)
    parser.add_argument("--print-registrations", action="store_true", help="print the JSON for `client import`")
    arguments = parser.parse_args()
    try:
        settings = environment.read("CLIENTS", "http://localhost:5001")
        every = publishers.load()
        secrets = secrets_of(every, settings.data)
        if arguments.print_registrations:
            entries = [registration(one, settings.base, secrets[one.slug]) for one in every]
            print(json.dumps(entries, ensure_ascii=False, indent=1))
        else:
            # Here, and not in the server's own process: what cannot be kept is said in one line.
            Store(settings.data / STORE)
            serve("clients.publisher.app:from_environment", settings, "CLIENTS_PORT")
    except (StartError, OSError, ValueError, sqlite3.Error) as error:
        print(f"publishers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
