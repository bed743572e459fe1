"""The front door: /authorize, and /authorize?continue=ID, to which every step returns.

Steps never lead to one another. What has to happen next is decided here, each time anew, by `prompts.next_step`.
"""

import secrets
from datetime import datetime

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from idp.engine import responses
from idp.engine.requests import authorization, issue, parameters, pending
from idp.engine.requests.authorization import AuthorizationRequest, LocalRefusal, Refusal
from idp.engine.requests.devices import PARAMETER
from idp.engine.requests.issue import NotIssued
from idp.engine.requests.parameters import Parameters
from idp.engine.requests.pending import Pending
from idp.engine.requests.prompts import Ask, Issue, Refuse, next_step, not_before
from idp.kernel.clock import now
from idp.kernel.words import msgid
from idp.web import language
from idp.web.errors import START, PageError
from idp.web.place import current_place
from idp.web.services import Services
from idp.web.session import BROWSER, current_household, current_login, keep_request, show_state, touch
from idp.web.unit import read_db, write_db


def blueprint(services: Services, csrf: CSRFProtect) -> Blueprint:
    """The pages /authorize, /toestemming (consent) and /annuleren (cancel)."""
    pages = Blueprint("authorize", __name__)
    door = FrontDoor(services)
    csrf.exempt(pages)  # /authorize is posted to by publishers; the other two are protected by hand, below
    pages.add_url_rule("/authorize", view_func=door.authorize, methods=["GET", "POST"])
    pages.add_url_rule("/toestemming", view_func=door.consent_page, methods=["GET"])

    @pages.post("/toestemming")
    def agree() -> ResponseReturnValue:
        csrf.protect()
        return door.agree()

    @pages.post("/annuleren")
    def cancel() -> ResponseReturnValue:
        csrf.protect()
        return door.cancel()

    return pages


class FrontDoor:
    """Checks what is asked, decides what happens next, and answers."""

    def __init__(self, services: Services) -> None:
        self._services, self._engine = services, services.engine

    def authorize(self) -> ResponseReturnValue:
        """A fresh request, or one that comes back from a step."""
        if request.method == "GET" and "continue" in request.args:
            identifier, waiting = self._waiting()
            if PARAMETER in waiting.parameters.values:
                return redirect(f"{_page_of_device()}?continue={identifier}", 303)
            return self._answer(waiting.parameters, waiting.created_at, identifier, waiting.consented_at)
        try:
            given = parameters.read(self._raw())
        except parameters.UnreadableError as error:
            raise _local("unreadable") from error
        opened = self._opened(given)
        if isinstance(opened, Refusal):
            return self._leave(self._engine.answers.error(opened, now()))
        if request.method == "POST" and request.cookies.get(self._services.cookie(BROWSER)) is None:
            # A form from another site brings no cookie of ours; the browser comes back with a GET, which does.
            self._check(opened, now())
            return redirect(f"/authorize?continue={keep_request(opened)}", 303)
        return self._answer(opened, now(), None, None)

    def consent_page(self) -> ResponseReturnValue:
        """What this publisher would be told about the child; go on, or cancel."""
        identifier, waiting = self._waiting()
        asked, login = self._check(waiting.parameters, waiting.created_at), current_login()
        if isinstance(asked, Refusal) or login is None:
            return redirect(f"/authorize?continue={identifier}", 303)
        told = self._services.directory.may_open(read_db(), login.subject, asked.client.id) or frozenset()
        wanted = issue.told_names(asked, told)
        facts = self._services.directory.claims(read_db(), login.subject, asked.client.id, wanted) or {}
        return render_template("authorize/consent.html", publisher=asked.client, facts=facts, request_id=identifier)

    def agree(self) -> ResponseReturnValue:
        """Somebody went on at the consent page."""
        identifier, _ = self._waiting()
        pending.consent(write_db(), identifier, now())
        return redirect(f"/authorize?continue={identifier}", 303)

    def cancel(self) -> ResponseReturnValue:
        """ "Annuleren" on a sign-in page: access_denied (RFC 6749 4.1.2.1)."""
        identifier, waiting = self._waiting()
        pending.end(write_db(), identifier, now())
        if (device := waiting.parameters.values.get(PARAMETER)) is not None:
            self._engine.devices.deny(write_db(), device, now())
            return redirect("/", 303)
        asked = self._check(waiting.parameters, waiting.created_at)
        if isinstance(asked, Refusal):
            return self._leave(self._engine.answers.error(asked, now()))
        return self._refuse(asked, "access_denied", "the person cancelled the sign-in")

    def _raw(self) -> str:
        if request.method == "GET":
            return request.query_string.decode("utf-8", "surrogateescape")
        if request.mimetype != "application/x-www-form-urlencoded":
            raise _local("content_type")
        return request.get_data().decode("utf-8", "surrogateescape")

    def _waiting(self) -> tuple[str, Pending]:
        """The pending request of this step. Raises PageError when it is gone or another browser's."""
        identifier = request.values.get("continue", "")
        browser = request.cookies.get(self._services.cookie(BROWSER))
        found = pending.find(read_db(), identifier, browser, now())
        if found is None:
            raise PageError(
                400,
                msgid("Begin opnieuw bij de app"),
                msgid("Deze inlogpoging is al klaar, of stond te lang open. Ga terug naar de app van je lesmethode."),
                why="request_gone",
            )
        return identifier, found

    def _opened(self, given: Parameters) -> Parameters | Refusal:
        """A pushed request found, a request object opened: once, when the browser brings it."""
        opened = self._engine.intake.resolve(given, now())
        if isinstance(opened, LocalRefusal):
            raise _local(opened.reason)
        return opened

    def _check(self, given: Parameters, at: datetime) -> AuthorizationRequest | Refusal:
        checked = authorization.check(read_db(), self._engine.registry, given, at)
        if isinstance(checked, LocalRefusal):
            raise _local(checked.reason)
        return checked

    def _answer(
        self, given: Parameters, at: datetime, identifier: str | None, consented_at: datetime | None
    ) -> ResponseReturnValue:
        asked = self._check(given, at)
        if isinstance(asked, Refusal):
            if identifier:
                pending.end(write_db(), identifier, now())
            return self._leave(self._engine.answers.error(asked, now()))
        login = current_login()
        hinted = self._engine.hinted_subject(read_db(), asked.id_token_hint, asked.client.id, now())
        step = next_step(asked, login, hinted=hinted, consented_at=consented_at)
        if isinstance(step, Ask):
            identifier = identifier or keep_request(given)
            language.prefer(given.get("ui_locales"))
            return redirect(f"{_page_of(step, asked)}?continue={identifier}", 303)
        if identifier and not pending.end(write_db(), identifier, now()):
            raise _local("answered_twice")
        if isinstance(step, Refuse):
            return self._refuse(asked, step.error, step.description)
        return self._issue(asked, step)

    def _issue(self, asked: AuthorizationRequest, step: Issue) -> ResponseReturnValue:
        allowed = self._services.directory.may_open(read_db(), step.login.subject, asked.client.id)
        if allowed is None:
            return self._refuse(asked, "access_denied", "the school of this person does not work with this client")
        touch()
        code = issue.issue(write_db(), asked, step.login, allowed, now())
        if code is NotIssued.USED_UP:
            raise _local("invalid_request_uri")
        if isinstance(code, NotIssued):
            return self._refuse(asked, "login_required", code.value)
        state = None
        if asked.client.session_management:
            management = self._engine.session_management
            state = management.session_state(step.login, asked.client, asked.reply_to.redirect_uri)
            show_state(step.login)
        return self._leave(self._engine.answers.success(asked.reply_to, code, now(), session_state=state))

    def _refuse(self, asked: AuthorizationRequest, error: str, description: str) -> ResponseReturnValue:
        return self._leave(self._engine.answers.error(Refusal(asked.reply_to, error, description), now()))

    def _leave(self, answer: responses.Answer) -> ResponseReturnValue:
        if isinstance(answer, responses.Redirect):
            return "", 303, {"Location": answer.location}
        g.csp_nonce = secrets.token_urlsafe(16)
        return render_template("authorize/form_post.html", action=answer.action, fields=answer.fields)


def _page_of(step: Ask, asked: AuthorizationRequest) -> str:
    """The page of a step."""
    if step is Ask.CONSENT:
        return "/toestemming"
    household = current_household()
    return _door(household is not None and household.started_at >= not_before(asked))


def _door(household: bool) -> str:
    """Where to sign in. A school's own device shows its groups, and so does any browser within the school's addresses,
    unless a household is on it that gave its password recently enough: that goes straight to its tiles.
    """
    place = current_place()
    if place is not None and (place.device_id is not None or not household):
        return "/school"
    return "/thuis/kind" if household else "/thuis"


def _page_of_device() -> str:
    """Who confirms a device (RFC 8628) is signed in; how, is not asked for."""
    if current_login() is not None:
        return "/koppel/bevestig"
    return _door(current_household() is not None)


def _local(reason: str) -> PageError:
    """There is no safe place to send this browser to: a page of ours, and no redirect (RFC 6749 4.1.2.1)."""
    return PageError(
        400,
        msgid("Deze app vroeg iets wat niet kan"),
        msgid("De inlogvraag van de app klopt niet. Jij hebt niets fout gedaan. Ga terug naar de app."),
        why="request_refused",
        ways=(START,),
        facts={"reason": reason},
    )
