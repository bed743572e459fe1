"""What the apps read from the environment."""

from pathlib import Path

import pytest

from clients.environment import StartError, read


def test_without_an_environment_it_is_the_demo_of_this_machine() -> None:
    settings = read("CLIENTS", "http://localhost:5001", {})
    assert settings.issuer == "http://localhost:5000"
    assert (settings.host, settings.base, settings.port) == ("127.0.0.1", "http://localhost:5001", 5001)
    assert settings.data == Path("var/clients")
    assert not settings.secure


def test_the_environment_decides() -> None:
    given = {"IDP_ISSUER": "https://idp.example", "IDP_HOST": "::1"}
    given |= {"CLIENTS_BASE": "https://pub.example/", "CLIENTS_DATA": "/data"}
    settings = read("CLIENTS", "http://localhost:5001", given)
    assert (settings.issuer, settings.host, settings.base) == ("https://idp.example", "::1", "https://pub.example")
    assert (settings.port, settings.secure, settings.data) == (443, True, Path("/data"))


@pytest.mark.parametrize("base", ["", "localhost:5001", "ftp://localhost", "http://localhost:port", "http://h:99999"])
def test_an_address_that_is_none_is_said_in_one_line(base: str) -> None:
    with pytest.raises(StartError, match="CLIENTS_BASE") as error:
        read("CLIENTS", "http://localhost:5001", {"CLIENTS_BASE": base})
    assert "\n" not in str(error.value)
