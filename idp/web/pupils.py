"""/leerlingen/ID/wijzigen: one pupil's e-mail slots and PIN, and *(Her)zend*."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import child_secrets, home_login, networks, policy, pupils, slots
from idp.school.home_login import Place, Plan, Wish
from idp.school.pictures import BY_KEY, SECRET_PICTURES
from idp.school.pupils import OnePupil
from idp.school.slots import POSITIONS, Emptied
from idp.school.staff import Member
from idp.web.errors import not_found
from idp.web.services import Services
from idp.web.session import current_staff, end_sids, needs
from idp.web.unit import read_db, write_db

CHANGED = {
    "pin": msgid(
        "Een collega heeft deze pincode intussen veranderd. Wil je toch jouw pincode? Klik dan nog een keer op Wijzig."
    ),
    "picture": msgid(
        "Een collega heeft dit plaatje intussen veranderd. Wil je toch jouw plaatje? Klik dan nog een keer op Wijzig."
    ),
}
"""Who types a new secret is told when the page it was typed on is old."""


def blueprint(services: Services) -> Blueprint:
    """The page and its two forms."""
    pages = Blueprint("pupils", __name__)
    desk = _Desk(services)

    @pages.get("/leerlingen/<pupil_id>/wijzigen")
    @needs("teacher", "support", "ict")
    def look(pupil_id: str) -> ResponseReturnValue:
        member, pupil = _find(pupil_id, "pupil.view")
        return desk.page(member, pupil, {})

    @pages.post("/leerlingen/<pupil_id>/wijzigen")
    @needs("teacher", "ict")
    def save(pupil_id: str) -> ResponseReturnValue:
        write_db()  # what is looked at here is written in the same transaction
        member, pupil = _find(pupil_id, "pupil.edit")
        problems = desk.save(member, pupil)
        if problems:
            return desk.page(member, pupil, problems), 422
        return redirect(_after(pupil), 303)

    @pages.get("/leerlingen/<pupil_id>/herzend")
    @needs("teacher", "support", "ict")
    def back(pupil_id: str) -> ResponseReturnValue:
        return redirect(url_for("pupils.look", pupil_id=pupil_id), 303)

    @pages.post("/leerlingen/<pupil_id>/herzend")
    @needs("teacher", "support", "ict")
    def resend(pupil_id: str) -> ResponseReturnValue:
        member, pupil = _find(pupil_id, "slot.resend")
        again = desk.resend(member, pupil, request.form.get("slot", ""))
        return redirect(url_for("pupils.look", pupil_id=pupil_id, opnieuw=again), 303)

    return pages


class _Desk:
    """What a teacher does to one pupil."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def page(self, member: Member, pupil: OnePupil, problems: Mapping[str, str]) -> str:
        """The form; what was typed is kept when something is wrong with any of it."""
        db = read_db()
        places = home_login.look(db, pupil.id)
        revealed = policy.may(member.actor, "secret.view", pupil.thing)
        pin, secret_picture = pupils.secrets_shown(db, self._services.keyring, pupil) if revealed else (None, None)
        return render_template(
            "pupils/edit.html",
            pupil=pupil,
            revealed=revealed,
            pin=pin,
            secret_picture=secret_picture,
            pictures=BY_KEY,
            say=_,
            network=networks.name_of(pupil.network),
            places=places,
            typed={place.position: _typed(place) if problems else place.address for place in places},
            new_pin=request.form.get("new_pin", "") if problems else "",
            new_picture=request.form.get("new_picture", "") if problems else "",
            secret_pictures=SECRET_PICTURES,
            problems=problems,
            sent_again=request.args.get("opnieuw"),
            saved=request.args.get("gewijzigd"),
        )

    def save(self, member: Member, pupil: OnePupil) -> Mapping[str, str]:
        """Both addresses, the PIN and the picture, or nothing and what is wrong by field."""
        steps = home_login.plan(write_db(), pupil.id, _wishes(pupil))
        problems = {} if isinstance(steps, Plan) else _said(steps)
        pin = request.form.get("new_pin", "").strip()
        if pin and (problem := child_secrets.pin_problem(pin) or self._changed(pupil, "pin", pin)):
            problems["new_pin"] = _(problem)
        picture = request.form.get("new_picture", "")
        if picture and (problem := child_secrets.picture_problem(picture) or self._changed(pupil, "picture", picture)):
            problems["new_picture"] = _(problem)
        if problems or not isinstance(steps, Plan):
            return problems
        done = home_login.carry_out(write_db(), self._services.keyring, pupil.id, steps, staff_id=member.id, now=now())
        if not isinstance(done, Emptied):
            return _said(done)
        end_sids(done.sids, "slot_changed", access_lost=True)
        if pin:
            self._set_pin(member, pupil, pin)
        if picture:
            self._set_picture(member, pupil, picture)
        return {}

    def resend(self, member: Member, pupil: OnePupil, position: str) -> str | None:
        """(Her)zend: the position whose mail is queued, or None when there is no such slot (any more)."""
        found = [slot for slot in slots.of_pupils(write_db(), [pupil.id]) if str(slot.position) == position]
        if pupil.network is not None or not found:
            return None
        kind = slots.resend(write_db(), self._services.keyring, found[0], staff_id=member.id, now=now())
        return None if kind == "gone" else position

    def _changed(self, pupil: OnePupil, kind: str, wanted: str) -> str | None:
        """What to say when another secret stands now than the page showed, and than is wanted."""
        pin, picture = pupils.secrets_shown(write_db(), self._services.keyring, pupil)
        stands, shown = {"pin": pin, "picture": picture}[kind], request.form.get(f"shown_{kind}")
        known = stands is not None and shown is not None
        return CHANGED[kind] if known and stands not in (shown, wanted) else None

    def _set_pin(self, member: Member, pupil: OnePupil, pin: str) -> None:
        db, at = write_db(), now()
        if pin == pupils.secrets_shown(db, self._services.keyring, pupil)[0]:
            return
        pupils.set_pin(db, self._services.keyring, pupil.id, pin, f"staff:{member.id}", at)
        # Whoever came in with the old PIN may not be this child.
        self._services.engine.sessions.end_all(db, f"pupil:{pupil.id}", "pin_changed", at)

    def _set_picture(self, member: Member, pupil: OnePupil, key: str) -> None:
        db, at = write_db(), now()
        _pin, stands = pupils.secrets_shown(db, self._services.keyring, pupil)
        if key == stands:
            return
        pupils.set_secret_picture(db, self._services.keyring, pupil.id, key, f"staff:{member.id}", at)
        self._services.engine.sessions.end_all(db, f"pupil:{pupil.id}", "picture_changed", at)


def _find(pupil_id: str, act: str) -> tuple[Member, OnePupil]:
    """The member on this browser and the pupil. Raises PageError 404 unless the member may do this to the pupil."""
    member, pupil = current_staff(), pupils.by_id(read_db(), pupil_id)
    if member is None or pupil is None or not policy.may(member.actor, act, pupil.thing):
        raise not_found()
    return member, pupil


def _wishes(pupil: OnePupil) -> dict[int, Wish]:
    """What was typed for each slot; none of it counts where the school works through a network environment."""
    if pupil.network is not None:
        return {}
    form = request.form
    return {
        position: Wish(form[f"email_{position}"], form.get(f"shown_{position}"))
        for position in POSITIONS
        if f"email_{position}" in form
    }


def _typed(place: Place) -> str:
    """What belongs in the field of a page that is shown again: what was typed, if anything was."""
    typed, shown = (request.form.get(f"{name}_{place.position}") for name in ("email", "shown"))
    return place.address if typed is None or typed.strip() == shown else typed


def _said(problems: home_login.Problems) -> dict[str, str]:
    return {f"email_{position}": _(problem.message, **problem.values) for position, problem in problems.items()}


def _after(pupil: OnePupil) -> str:
    """The group page, or the next child of the group, as the button says."""
    if pupil.group_id is None:
        return url_for("pupils.look", pupil_id=pupil.id, gewijzigd="ja")
    following = pupils.following(read_db(), pupil) if "save_next" in request.form else None
    if following is not None:
        return url_for("pupils.look", pupil_id=following)
    return url_for("groups.group", group_id=pupil.group_id, gewijzigd=pupil.id, _anchor=f"leerling-{pupil.id}")
