"""`sleutelbos operator`: the people who run the platform. The first of them comes from here, and nowhere else."""

import click

from idp.cli.context import App, CommandError, explained, require_schema
from idp.engine.clients.registry import Registry
from idp.engine.sessions import Sessions
from idp.kernel.clock import now
from idp.school import addresses, factors, schools, staff


@click.group()
def operator() -> None:
    """Operators of the platform: invite one, or take a lost second factor away."""


@operator.command()
@click.argument("address")
@click.option("--first-name", required=True, help="As colleagues write it.")
@click.option("--family-name", required=True)
@click.pass_obj
def invite(app: App, address: str, first_name: str, family_name: str) -> None:
    """Mail ADDRESS a link to choose a password with; the second factor is set up at the first sign-in."""
    require_schema(app)
    checked = addresses.check(address)
    if isinstance(checked, addresses.AddressProblem):
        raise CommandError("that is no e-mail address that mail can be sent to")
    with explained(app.settings), app.database.write() as db:
        if not schools.invite_operator(db, app.keyring, (first_name, family_name, checked), now=now()):
            raise CommandError("somebody works with this e-mail address already")
    click.echo("An invitation is on its way; the link works for seven days.")


@operator.command("reset-factors")
@click.argument("address")
@click.pass_obj
def reset_factors(app: App, address: str) -> None:
    """An operator lost every second factor: take them away and end every session; the next sign-in sets up new ones."""
    require_schema(app)
    with explained(app.settings), app.database.write() as db:
        member = staff.by_key(db, addresses.key_for_lookup(address))
        if member is None or member.role != "operator":
            raise CommandError("no operator has this e-mail address")
        factors.reset(db, app.keyring, member.id, actor="operator:command line", now=now())
        Sessions(app.keyring, Registry()).end_all(db, f"staff:{member.id}", "factors_reset", now())
    click.echo("The second factor is gone; its owner is told by mail.")
