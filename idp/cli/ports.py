"""A port that is taken is found before anything is started."""

import socket

from idp.cli.context import CommandError


def refuse_taken_port(host: str, port: int, variable: str) -> None:
    """Raises CommandError when somebody listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == 98 else f"cannot be listened on ({error.strerror})"
            raise CommandError(f"{host}:{port} {reason}; stop the other program or set {variable}") from error
