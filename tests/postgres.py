"""A throw-away PostgreSQL from Debian's package."""

import os
import pwd
import shutil
import socket
import subprocess
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text


class PostgresMissingError(Exception):
    """No PostgreSQL 15+ on this machine; `make setup-tests` installs it."""


def binaries() -> Path:
    """The folder of the newest initdb and postgres. Raises PostgresMissingError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if not found or int(found[-1].parts[4]) < 15:
        raise PostgresMissingError("no PostgreSQL 15 or newer in /usr/lib/postgresql; run `make setup-tests`")
    return found[-1].parent


class Cluster:
    """One server: `create` and `drop` databases in it, `stop`, `kill` and `start` it."""

    def __init__(self, folder: Path) -> None:
        self._bin = binaries()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        # The server may not run as root, and its user must reach the folder.
        self.folder = Path("/tmp") / f"sleutelbos-pg-{os.getpid()}-{folder.name}"
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        self._run("initdb", "-D", str(self._data), "-U", "sleutelbos", "-A", "trust", "-E", "UTF8", "--no-sync")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._names = count(1)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} "
            "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=300"
        )
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """End the server and remove everything it had."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server at once, as a power cut would; `start` brings it back with its data."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        """SQLAlchemy's URL of one database."""
        return f"postgresql+psycopg://sleutelbos@127.0.0.1:{self.port}/{name}"

    def fresh_name(self) -> str:
        """A database name that was not used before."""
        return f"t{next(self._names)}"

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, a copy of `template` where one is given; returns its URL."""
        self._admin(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _admin(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid", self._user, "--regid", self._user, "--init-groups", *command]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/tmp", check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
