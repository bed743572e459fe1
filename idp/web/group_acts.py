"""What is done to a whole group: how it signs in, new PINs and pictures, and reminders."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.school import group_codes, policy, pupils, reminders
from idp.school.models.school import METHODS, SCHOOL_METHODS
from idp.school.pupils import OneGroup
from idp.web.errors import not_found
from idp.web.groups import own_group, page_of, to_group
from idp.web.services import Services
from idp.web.session import current_staff, needs
from idp.web.unit import write_db

AT_HOME = {
    "pin": msgid("Het kind kiest zichzelf en typt vier cijfers. Goed voor kinderen die cijfers kennen."),
    "picture": msgid("Het kind kiest zichzelf en daarna zijn geheime plaatje. Goed voor kinderen die nog niet lezen."),
    "none": msgid("Het kind kiest alleen zichzelf. Een broer of zus kan dan ook als dit kind inloggen."),
}
AT_SCHOOL = {
    "pin": msgid("Het kind kiest op een apparaat van school zijn groep en zichzelf, en typt vier cijfers."),
    "picture": msgid("Het kind kiest op een apparaat van school zijn groep en zichzelf, en dan zijn geheime plaatje."),
    "badge": msgid("Het kind houdt zijn geprinte kaart voor de camera. Print daarna kaarten voor de groep."),
    "none": msgid("Het kind kiest alleen zichzelf. Een klasgenoot kan dan ook als dit kind inloggen."),
}
"""One sentence for each way: what it means, and for whom it is."""

NAMES = {
    "pin": msgid("Pincode"),
    "picture": msgid("Wachtwoordplaatje"),
    "badge": msgid("Kaart met QR-code"),
    "none": msgid("Niets"),
}

CHOOSE = msgid("Kies een van de manieren.")


def blueprint(services: Services) -> Blueprint:
    """The pages and their forms."""
    pages = Blueprint("group_acts", __name__)

    @pages.get("/groepen/<group_id>/inlogmethode")
    @needs("teacher", "ict")
    def login_method(group_id: str) -> ResponseReturnValue:
        _member, group = own_group(group_id, "login_method.change")
        return _method_form(group)

    @pages.post("/groepen/<group_id>/inlogmethode")
    @needs("teacher", "ict")
    def change_login_method(group_id: str) -> ResponseReturnValue:
        write_db()
        return _change_methods(group_id)

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


def _method_form(group: OneGroup, problem: str = "") -> str:
    return render_template(
        "groups/login_method.html",
        group=group,
        names=NAMES,
        at_home=AT_HOME,
        at_school=AT_SCHOOL,
        home=request.form.get("login_method", group.login_method),
        school=request.form.get("school_method", group.school_method),
        problem=problem,
    )


def _change_methods(group_id: str) -> ResponseReturnValue:
    """Both ways, or neither. Who is signed in stays so."""
    member, group = own_group(group_id, "login_method.change")
    home = request.form.get("login_method", group.login_method)
    school = request.form.get("school_method", group.school_method)
    if home not in METHODS or school not in SCHOOL_METHODS:
        return _method_form(group, _(CHOOSE)), 422
    if not policy.may(member.actor, "school_method.change", group.thing):
        raise not_found()
    actor, at = f"staff:{member.id}", now()
    if home != group.login_method:
        pupils.set_login_method(write_db(), group_id, home, actor, at)
    if school != group.school_method:
        pupils.set_school_method(write_db(), group_id, school, actor, at)
    return to_group(group_id, methode=1)


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
