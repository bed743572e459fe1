"""The pages of an environment: who are you, dag Noor, and signed out."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from clients.browsers import form_is_own, form_token, new_value
from clients.network.environments import Person
from clients.network.memory import Session
from clients.network.peer import Peer, now


@dataclass(frozen=True, slots=True)
class Started:
    """A session that has just begun, and the cookie that the browser knows it by."""

    value: Session
    cookie: str


def home(peer: Peer) -> Response:
    """`/SLUG/`: the environment's own page."""
    session, browser = peer.session(request), peer.cookie.read(request)
    if session is None or browser is None:
        return sign_in_page(peer, browser or new_value(), "")
    body = render_template(
        "signed_in.html",
        environment=peer.environment,
        person=session.person,
        form_token=form_token(browser),
        start=f"{peer.party.initiate_login_uri}?iss={peer.issuer}",
    )
    return make_response(body)


def sign_in_page(peer: Peer, browser: str, waiting: str, notice: str | None = None) -> Response:
    """Who are you? `waiting` names the request that goes on afterwards; "" = none."""
    body = render_template(
        "sign_in.html",
        environment=peer.environment,
        form_token=form_token(browser),
        waiting=waiting,
        notice=notice,
    )
    response = make_response(body)
    peer.cookie.give(response, browser)
    return response


def signed_out(peer: Peer) -> Response:
    """The sign-in page, with the news."""
    return sign_in_page(peer, new_value(), "", "Je bent uitgelogd.")


def confirm_sign_out(peer: Peer, browser: str) -> Response:
    """Somebody asks to end this sign-in and cannot show that they may: ask the person."""
    body = render_template("sign_out.html", environment=peer.environment, form_token=form_token(browser))
    return make_response(body)


def refused(peer: Peer) -> Response:
    """There is no safe place to go back to, or the form was not ours."""
    return make_response(render_template("refused.html", environment=peer.environment), 400)


def picked(peer: Peer) -> Person | None:
    """The person of the sign-in form; None = no such person, or a form that did not come from a page of ours."""
    if not form_is_own(peer.cookie.read(request), request.form.get("form_token", "")):
        return None
    return peer.environment.person(request.form.get("person", ""))


def start_session(peer: Peer, person: Person) -> Started:
    """Sign this person in, under a new cookie; whoever was signed in on this browser is not any more."""
    peer.sessions.take(peer.cookie.read(request))
    session = Session(new_value(), person, now())
    return Started(session, peer.sessions.put(session))
