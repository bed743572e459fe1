"""`sleutelbos config`: what is set, what it means, and a new key ring."""

import click
from pydantic import SecretStr

from idp.cli.context import App
from idp.config import Settings
from idp.kernel.secrets import KeyRing


@click.group()
def config() -> None:
    """Settings: check them, make a key ring."""


@config.command()
@click.pass_obj
def check(app: App) -> None:
    """Print every setting with its meaning (secrets masked); fail when they do not fit together."""
    settings = app.settings
    for name, field in Settings.model_fields.items():
        variable = field.alias or f"IDP_{name.upper()}"
        click.echo(f"{variable} = {_shown(getattr(settings, name))}")
        click.echo(f"    {field.description}")
    click.echo("The settings fit together.")


@config.command("new-keys")
def new_keys() -> None:
    """Print a new key ring for IDP_KEYS. Keep it as you keep the database: one is worth nothing without the other."""
    click.echo(KeyRing.generate())


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else "(not set)"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    return str(value) if value != "" else "(not set)"
