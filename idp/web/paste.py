"""/groepen/ID/plakken: e-mail addresses for a whole group, looked at line by line before anything is saved."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.secrets import KeyRing, UnsealError
from idp.kernel.words import msgid
from idp.school import networks
from idp.school.bulk import checking, reading, saving
from idp.school.bulk.checking import Preview, Wishes
from idp.school.bulk.reading import Line
from idp.school.home_login import Wish
from idp.school.pupils import OneGroup
from idp.school.roster.values import Problem
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.groups import own_group, to_group
from idp.web.services import Services
from idp.web.session import end_sids, needs
from idp.web.unit import read_db, write_db

MAX_TEXT, MAX_PLAN = 300_000, 600_000
"""Bytes: a thousand lines as they are typed, and as their plan comes back."""

PLAN_LIFE = timedelta(hours=2)

NOTHING = msgid("Plak eerst regels in het vak, of kies een bestand.")
STALE = msgid("Er is intussen iets veranderd. Dit is hoe het nu staat: kijk het nog een keer na.")
UNREADABLE = msgid("Deze controle is te oud of niet meer compleet. Plak de regels nog een keer.")
SKIP = msgid("Niet alle regels kloppen. Verbeter ze, of vink aan dat je ze wilt overslaan.")


def blueprint(services: Services) -> Blueprint:
    """The page, its preview, and saving."""
    pages = Blueprint("paste", __name__)

    def allow_more(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        request.max_content_length = reading.MAX_BYTES + MAX_TEXT + MAX_PLAN
        request.max_form_memory_size = MAX_TEXT + MAX_PLAN

    # Before the form is first looked at, which the check of its token does.
    pages.url_value_preprocessor(allow_more)

    @pages.get("/groepen/<group_id>/plakken")
    @needs("teacher", "ict")
    def look(group_id: str) -> ResponseReturnValue:
        _member, group = own_group(group_id, "slot.fill")
        return _form(group)

    @pages.post("/groepen/<group_id>/plakken")
    @needs("teacher", "ict")
    def act(group_id: str) -> ResponseReturnValue:
        member, group = own_group(group_id, "slot.fill")
        if group.network is not None:
            raise not_found()
        if "plan" in request.form and "save" in request.form:
            return _save(services, member, group)
        lines = _lines()
        if isinstance(lines, Problem):
            return _form(group, _(lines.message, **lines.values)), 422
        return _preview(services.keyring, member, group, lines, checking.check(read_db(), group.id, lines))

    return pages


def _lines() -> Sequence[Line] | Problem:
    """What came with the form: a file goes before the text."""
    file = request.files.get("file")
    data = file.read(reading.MAX_BYTES + 1) if file else b""
    text = request.form.get("text", "")
    if len(text) > MAX_TEXT:
        return Problem(0, "", msgid("Dat zijn te veel regels: hoogstens %(most)s."), {"most": str(reading.MAX_LINES)})
    lines = reading.of_file(data) if data else reading.of_text(text)
    return lines or Problem(0, "", NOTHING)


def _form(group: OneGroup, problem: str = "") -> str:
    return render_template(
        "groups/paste.html",
        group=group,
        network=networks.name_of(group.network),
        text=request.form.get("text", "")[:MAX_TEXT],
        problem=problem,
    )


def _preview(
    keyring: KeyRing, member: Member, group: OneGroup, lines: Sequence[Line], preview: Preview, problem: str = ""
) -> str:
    return render_template(
        "groups/preview.html",
        group=group,
        preview=preview,
        plan=_sealed(keyring, member, group, lines, preview.wishes),
        text="\n".join("; ".join((" ".join(line.who), *line.addresses)) for line in lines),
        problem=problem,
    )


def _save(services: Services, member: Member, group: OneGroup) -> ResponseReturnValue:
    """Exactly what was looked at, or another look."""
    db = write_db()
    found = _unsealed(services.keyring, member, group, request.form["plan"])
    if found is None:
        return _form(group, _(UNREADABLE)), 422
    lines, wishes = found
    preview = checking.check(db, group.id, lines)
    if preview.wishes != wishes:
        return _preview(services.keyring, member, group, lines, preview, _(STALE)), 409
    if preview.problems and request.form.get("skip") != "yes":
        return _preview(services.keyring, member, group, lines, preview, _(SKIP)), 422
    ids = {"staff_id": member.id, "school_id": group.school_id}
    saved = saving.save(db, services.keyring, group.id, wishes, **ids, now=now())
    if saved is None:
        preview = checking.check(db, group.id, lines)
        return _preview(services.keyring, member, group, lines, preview, _(STALE)), 409
    end_sids(saved.sids, "slot_changed", access_lost=True)
    skipped = {"overgeslagen": len(preview.problems)} if preview.problems else {}
    return to_group(group.id, geplakt=saved.addresses, **skipped)


def _sealed(keyring: KeyRing, member: Member, group: OneGroup, lines: Sequence[Line], wishes: Wishes) -> str:
    """What was looked at, for this member and this group alone. It comes back as it was, or not at all."""
    plan = {
        "at": now().isoformat(),
        "lines": [(line.number, line.who, line.addresses) for line in lines],
        "wishes": {
            pupil: {position: asdict(wish) for position, wish in theirs.items()} for pupil, theirs in wishes.items()
        },
    }
    packed = zlib.compress(json.dumps(plan, ensure_ascii=False).encode())
    return base64.urlsafe_b64encode(keyring.seal(packed, _place(member, group))).decode()


def _unsealed(
    keyring: KeyRing, member: Member, group: OneGroup, text: str
) -> tuple[Sequence[Line], Mapping[str, Mapping[int, Wish]]] | None:
    try:
        packed = keyring.unseal(base64.urlsafe_b64decode(text), _place(member, group))
    except (UnsealError, ValueError):
        return None
    plan: dict[str, Any] = json.loads(zlib.decompress(packed))  # our own: it opened
    if datetime.fromisoformat(plan["at"]) < now() - PLAN_LIFE:
        return None
    lines = [Line(number, tuple(who), tuple(addresses)) for number, who, addresses in plan["lines"]]
    wishes = {
        pupil: {int(position): Wish(**wish) for position, wish in theirs.items()}
        for pupil, theirs in plan["wishes"].items()
    }
    return lines, wishes


def _place(member: Member, group: OneGroup) -> tuple[str, str, str]:
    return "school_group", "pasted", f"{group.id} {member.id}"
