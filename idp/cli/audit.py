"""`sleutelbos audit CODE`: what a support code means."""

import click

from idp.cli.context import App, CommandError, explained, require_schema
from idp.kernel.audit import find
from idp.kernel.words import catalog
from idp.web import happenings


@click.command()
@click.argument("code")
@click.pass_obj
def audit(app: App, code: str) -> None:
    """What happened under support code CODE (capitals, spaces and dashes do not matter)."""
    require_schema(app)
    with explained(app.settings), app.database.read() as db:
        event = find(db, code)
    if event is None:
        raise CommandError(f"there is no support code {code}: it has eight letters and digits, without I, O, 0 and 1")
    at, act, actor, thing, facts = event
    click.echo(f"when   {at:%Y-%m-%d %H:%M:%S} UTC\nwhat   {act}\nwho    {actor or 'unknown'}\nabout  {thing or '-'}")
    said, english = happenings.of(act, facts), catalog("en").gettext
    click.echo(f"means  {english(said.what)}")
    click.echo(f"do     {english(said.do or happenings.NOTHING)}")
    for name, value in sorted(facts.items()):
        click.echo(f"{name:<6} {value}")
