"""A worker process that only delivers mail: python -m tests.fault.mail_worker DATABASE_URL KEYS SMTP_URL LEASE_SECONDS.

`sleutelbos worker` is the same Worker with the product's half a minute of lease.
"""

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from idp.kernel.db import Database, make_engine
from idp.kernel.mail import Composer, Mailer
from idp.kernel.secrets import KeyRing
from idp.kernel.transports import SmtpTransport
from idp.kernel.worker import Worker

TEMPLATES = Path(__file__).parents[2] / "templates"


def main(database_url: str, keys: str, smtp_url: str, lease: str) -> None:
    """Work until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    composer = Composer("https://inloggen.voorbeeld", "Sleutelbos <post@voorbeeld.nl>", TEMPLATES)
    mailer = Mailer(composer, (SmtpTransport(smtp_url),))
    database = Database(make_engine(database_url))
    worker = Worker(database, KeyRing.parse(keys), {"mail": mailer}, lease=timedelta(seconds=float(lease)))
    print("ready", flush=True)
    worker.run_forever(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
