"""A port that is taken is said before anything is started."""

import socket

import pytest

from clients.environment import StartError
from clients.serving import refuse_taken_port


def test_a_taken_port_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"127.0.0.1:{port} is in use.*set CLIENTS_PORT") as error:
            refuse_taken_port("127.0.0.1", port, "CLIENTS_PORT")
    assert "\n" not in str(error.value)
    refuse_taken_port("127.0.0.1", port, "CLIENTS_PORT")


def test_an_address_that_is_not_this_machine_s_is_refused() -> None:
    with pytest.raises(StartError, match="cannot be listened on"):
        refuse_taken_port("192.0.2.1", 5001, "CLIENTS_PORT")
