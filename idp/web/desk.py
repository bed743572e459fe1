"""Pages of school administration: a table of rules, each with the act of `policy.RIGHTS` that it asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.words import msgid
from idp.school.policy import RIGHTS, Thing, may
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.session import current_staff, needs

ROLE_NAMES = {
    "teacher": msgid("Leerkracht"),
    "support": msgid("IB/RT"),
    "ict": msgid("ICT-coördinator"),
    "operator": msgid("Platformbeheer"),
}


ROLE_MEANS = {
    "teacher": msgid("Ziet en regelt de eigen groepen."),
    "support": msgid("Ziet alle groepen, en kan een link opnieuw sturen."),
    "ict": msgid("Regelt alles voor de school."),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The member of staff behind it, and their school; an operator's is no school."""

    member: Member

    @property
    def school_id(self) -> str:
        """The school that this desk administers. Raises PageError 404 where there is none."""
        if self.member.school_id is None:
            raise not_found()
        return self.member.school_id

    @property
    def actor(self) -> str:
        """As the audit has it."""
        return f"staff:{self.member.id}"


class HasName(Protocol):
    """A row with an id and a name."""

    @property
    def id(self) -> str:
        """Of the row."""

    @property
    def name(self) -> str:
        """As people know it."""


View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Rule:
    """A page: `act` is what whoever opens it must be allowed to do to their own school."""

    method: str
    path: str
    act: str
    view: View

    def guarded(self) -> View:
        """The view, for those who may; the desk is its first argument."""

        @needs(*RIGHTS[self.act])
        @wraps(self.view)
        def view(**ids: Any) -> ResponseReturnValue:
            member = current_staff()
            if member is None or not may(member.actor, self.act, Thing(member.school_id)):
                raise not_found()
            return self.view(Desk(member), **ids)

        return view


def room(name: str, rules: Iterable[Rule]) -> Blueprint:
    """A blueprint with these pages; an endpoint is called after its view."""
    pages = Blueprint(name, __name__)
    for rule in rules:
        pages.add_url_rule(rule.path, rule.view.__name__, rule.guarded(), methods=[rule.method])
    return pages


def role_name(role: str) -> str:
    """What a role is called."""
    return str(_(ROLE_NAMES[role]))


def choices_of(rows: Iterable[HasName]) -> list[tuple[str, str]]:
    """What stands in a list to choose from."""
    return [(row.id, row.name) for row in rows]


def choices_of_roles(roles: Iterable[str]) -> list[tuple[str, str, str]]:
    """The same of roles, with what each may."""
    return [(role, role_name(role), str(_(ROLE_MEANS[role]))) for role in roles]


def allow_files(pages: Blueprint, endpoint: str, act: str, most: int) -> None:
    """Bodies of up to `most` bytes for one page, for those who may use it; everybody else stays at the usual size."""

    def allow() -> None:
        if request.endpoint != endpoint or request.method != "POST":
            return
        member = current_staff()
        if member is not None and member.role in RIGHTS[act]:
            request.max_content_length = most

    def first(state: BlueprintSetupState) -> None:
        # After the unit of work begins, and before the form's token is looked for, which reads the body.
        state.app.before_request_funcs.setdefault(None, []).insert(1, allow)

    pages.record_once(first)


def typed(name: str) -> str:
    """What was typed into a field."""
    return request.form.get(name, "").strip()


def problem_of(problem: str | None, field: str) -> dict[str, str]:
    """A sentence of the school floor beside its field; {} = nothing is wrong."""
    return {} if problem is None else {field: str(_(problem))}
