"""How both apps are served: granian, one worker process, a few blocking threads; one clear line when that cannot be."""

import errno
import socket
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from clients.environment import Settings, StartError

THREADS = 6
"""Enough that a slow answer from the other side does not keep a logout call waiting."""


def serve(target: str, settings: Settings, variable: str) -> None:
    """Answer at the port of `settings.base` with the app that `target` ("module:factory") makes, until SIGTERM or
    SIGINT. `variable` is the setting that moves the port. Raises StartError."""
    refuse_taken_port(settings.host, settings.port, variable)
    server = Granian(
        target,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        workers_kill_timeout=1,
        websockets=False,
        # Below that it advises about threads, which is nothing for the person who tries the demo.
        log_level=LogLevels.error,
        working_dir=Path.cwd(),
    )
    server.serve()


def refuse_taken_port(host: str, port: int, variable: str) -> None:
    """Raises StartError when somebody listens there already, or nobody may."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
            raise StartError(f"{host}:{port} {reason}; stop the other program or set {variable}") from error
