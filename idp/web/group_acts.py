"""What is done to a whole group at once: new PINs and pictures, and reminders."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from idp.kernel.clock import now
from idp.school import group_codes, reminders
from idp.web.errors import not_found
from idp.web.groups import own_group, page_of, to_group
from idp.web.services import Services
from idp.web.session import current_staff, needs
from idp.web.unit import write_db


def blueprint(services: Services) -> Blueprint:
    """The pages and their forms."""
    pages = Blueprint("group_acts", __name__)

    @pages.get("/groepen/<group_id>/nieuwe-codes")
    @needs("teacher", "ict")
    def codes(group_id: str) -> ResponseReturnValue:
        _member, group = own_group(group_id, "pin.change")
        return render_template("groups/codes.html", group=group, kinds=group_codes.kinds_of(group))

    @pages.post("/groepen/<group_id>/nieuwe-codes")
    @needs("teacher", "ict")
    def renew(group_id: str) -> ResponseReturnValue:
        return _renew(services, group_id)

    @pages.get("/groepen/<group_id>/herinner")
    @needs("teacher", "ict")
    def back(group_id: str) -> ResponseReturnValue:
        own_group(group_id, "slot.resend")
        return to_group(group_id)

    @pages.post("/groepen/<group_id>/herinner")
    @needs("teacher", "ict")
    def remind(group_id: str) -> ResponseReturnValue:
        return _remind(services, group_id)

    return pages


def _renew(services: Services, group_id: str) -> ResponseReturnValue:
    db, at = write_db(), now()
    member, group = own_group(group_id, "pin.change")
    if not group_codes.kinds_of(group):
        return redirect(url_for("group_acts.codes", group_id=group_id), 303)
    renewed = group_codes.renew(db, services.keyring, group, f"staff:{member.id}", at)
    for pupil_id in renewed:
        # Whoever came in with an old code may not be this child.
        services.engine.sessions.end_all(db, f"pupil:{pupil_id}", "codes_renewed", at)
    return to_group(group_id, codes=len(renewed))


def _remind(services: Services, group_id: str) -> ResponseReturnValue:
    db = write_db()
    page, member = page_of(services, group_id, "slot.resend"), current_staff()
    if member is None or page.group.network is not None:
        raise not_found()
    done = reminders.remind(db, services.keyring, page.rows, staff_id=member.id, now=now())
    counts = {"vandaag": done.today, "wachtend": done.queued, "geweigerd": done.failed}
    told = {name: count for name, count in counts.items() if count}
    return to_group(group_id, herinnerd=done.sent, **told)
