"""`sleutelbos school`: who is at which school."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from sqlalchemy import Connection, func, select

from idp.cli.context import App, CommandError, explained, require_schema
from idp.directory import Directory
from idp.engine.engine import Engine
from idp.kernel.clock import now
from idp.kernel.words import catalog
from idp.school import invitations
from idp.school.models import Group, Pupil, School
from idp.school.roster import apply as applying
from idp.school.roster import decoding, detect, plan, snapshot
from idp.school.roster import merge as merging
from idp.school.roster.changes import Conflict
from idp.school.roster.plan import Plan
from idp.school.roster.values import Problem, Roster


@click.group()
def school() -> None:
    """Schools: import a roster, list."""


@school.command("list")
@click.pass_obj
def list_all(app: App) -> None:
    """Every school: id, key, name, groups, pupils."""
    require_schema(app)
    groups = select(func.count()).where(Group.school_id == School.id).correlate(School).scalar_subquery()
    present = (Pupil.school_id == School.id, Pupil.left_at.is_(None))
    pupils = select(func.count()).where(*present).correlate(School).scalar_subquery()
    columns = select(School.id, School.key, School.name, groups, pupils).order_by(School.name, School.id)
    with explained(app.settings), app.database.read() as db:
        for school_id, key, name, group_count, pupil_count in db.execute(columns):
            click.echo(f"{school_id}\t{key or '-'}\t{name}\t{group_count} groups\t{pupil_count} pupils")


@school.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", "school_id", help="The school's id; otherwise the school with the file's key, or a new one.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--confirm", multiple=True, metavar="WORD", help="Take a conflict upon you, by the word before it.")
@click.pass_obj
def import_file(app: App, file: Path, school_id: str | None, dry_run: bool, confirm: tuple[str, ...]) -> None:
    """Take over who is at a school from FILE: EDEXML, a OneRoster zip or CSV, told apart by what is in it."""
    roster = _read(file)
    require_schema(app)
    if dry_run:
        with explained(app.settings), app.database.read() as db:
            _show(_plan(app, db, roster, school_id), in_full=True)
        return
    with explained(app.settings), app.database.write() as db:
        made = _plan(app, db, roster, school_id)
        _show(made, in_full=bool(made.unconfirmed(confirm)))
        applied = applying.apply(db, app.keyring, made, confirmed=confirm, actor="program", now=now())
        if isinstance(applied, applying.Unconfirmed):
            raise CommandError(_refusal(applied.conflicts))
        if isinstance(applied, applying.Stale):
            raise CommandError("the school changed meanwhile; nothing was changed. Run the command again")
        _end_sessions(app, db, applied.ended)
        for staff_id in applied.invited:
            invitations.send(db, app.keyring, staff_id, actor="program", now=now())
    done = f"Sessions ended of {len(applied.ended)} people, {len(applied.invited)} invited."
    click.echo(f"Done: school {applied.school_id}. {done}")


@school.command("merge")
@click.argument("into")
@click.argument("gone")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--confirm", multiple=True, metavar="WORD", help="Take a conflict upon you, by the word before it.")
@click.pass_obj
def merge_schools(app: App, into: str, gone: str, dry_run: bool, confirm: tuple[str, ...]) -> None:
    """School GONE joins school INTO (ids of `school list`), with its pupils, groups, staff, devices and addresses."""
    require_schema(app)
    directory = Directory(app.keyring)
    sessions = Engine.build(app.settings.issuer, app.database, app.keyring, directory).sessions
    with explained(app.settings), app.database.write() as db:
        try:
            made = merging.plan(db, into, gone)
        except (LookupError, ValueError) as error:
            raise CommandError(f"these are not two schools: {error}; see `sleutelbos school list`") from error
        for kind, count in made.counts.items():
            click.echo(f"  {kind.replace('_', ' '):<16} {count}")
        for conflict in made.conflicts:
            click.echo(f"  to be looked at: {_conflict(conflict)}")
        if dry_run:
            return
        done = directory.merge_schools(db, sessions, made, confirm, "program", now())
        if isinstance(done, merging.Unmerged):
            raise CommandError(_refusal(done.conflicts))
    click.echo(f"Done: everything of school {gone} is at school {into}.")


def _read(file: Path) -> Roster:
    problem = decoding.too_large(file.stat().st_size)
    reading = [problem] if problem else detect.read(file.read_bytes())
    if isinstance(reading, Roster):
        return reading
    raise CommandError("nothing was changed:\n  " + "\n  ".join(_sentences(reading)))


def _plan(app: App, db: Connection, roster: Roster, school_id: str | None) -> Plan:
    if school_id is None:
        school_id = snapshot.find_school(db, roster.school.key)
        if school_id is None and roster.school.key is None:
            raise CommandError("the file does not say which school it is of: name one with --school")
    try:
        return plan.compare(snapshot.take(db, app.keyring, school_id, roster), roster)
    except LookupError:
        raise CommandError(f"there is no school {school_id}: see `sleutelbos school list`") from None


def _show(made: Plan, in_full: bool) -> None:
    """The plan: numbers, and the people where somebody still has to decide."""
    new = " (new)" if made.made_from.school_id is None else ""
    click.echo(f"School {made.school_name}{new}, key {made.school_key or '-'}")
    for kind, count in made.counts.items():
        if count:
            click.echo(f"  {kind.replace('_', ' '):<16} {count}")
    if made.empty:
        click.echo("  nothing changes")
    for line in _people(made) if in_full else ():
        click.echo(f"    {line}")
    for sentence in _sentences(made.notices):
        click.echo(f"  left out: {sentence}")
    for conflict in made.conflicts if in_full else ():
        click.echo(f"  to be looked at: {_conflict(conflict)}")


def _people(made: Plan) -> Iterable[str]:
    for joiner in made.joiners:
        yield f"+ {joiner.key} {joiner.first_name} {joiner.family_name}"
    for mover in made.movers:
        yield f"> {mover.name}: {mover.before or '-'} -> {mover.after or '-'}"
    for renamed in made.renamed:
        yield f"~ {renamed.before} -> {renamed.first_name} {renamed.family_name}"
    for leaver in made.leavers:
        yield f"- {leaver.name} ({leaver.group or 'no group'})"
    for teacher in made.staff.joiners:
        yield f"+ staff {teacher.key} {teacher.first_name} {teacher.family_name}"
    for ended in made.staff.leavers:
        yield f"- staff {ended.name}"


def _refusal(conflicts: Sequence[Conflict]) -> str:
    lines = [_conflict(conflict) for conflict in conflicts]
    words = " ".join(f"--confirm {code}" for code in dict.fromkeys(c.code for c in conflicts if not c.blocking))
    blocked = any(conflict.blocking for conflict in conflicts)
    advice = "mend the file or the school first" if blocked else f"if it is right, run it again with {words}"
    return "nothing was changed:\n  " + "\n  ".join(lines) + f"\n  {advice}"


def _conflict(conflict: Conflict) -> str:
    return f"{conflict.code}: {_english(conflict.message, conflict.values)}"


def _sentences(problems: Iterable[Problem]) -> Iterable[str]:
    for problem in problems:
        where = " ".join(part for part in (f"line {problem.line}" if problem.line else "", problem.field) if part)
        yield (
            f"{where}: {_english(problem.message, problem.values)}"
            if where
            else _english(problem.message, problem.values)
        )


def _english(message: str, values: object) -> str:
    return str(catalog("en").gettext(message) % values)


def _end_sessions(app: App, db: Connection, subjects: Iterable[str]) -> None:
    directory = Directory(app.keyring)
    sessions = Engine.build(app.settings.issuer, app.database, app.keyring, directory).sessions
    for subject in subjects:
        sessions.end_all(db, subject, "left", now())
