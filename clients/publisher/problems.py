"""What can go wrong between a publisher and its provider, in words for a child and whoever helps."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, make_response, render_template

from clients.publisher.desk import Desk


@dataclass(frozen=True, slots=True)
class Problem:
    """A page: its status, what happened, and what to do now."""

    status: int
    title: str
    text: str


PROBLEMS: Mapping[str, Problem] = {
    "access_denied": Problem(
        403,
        "Je bent niet ingelogd",
        "Het inloggen is gestopt, of jouw school gebruikt dit programma niet. Wil je toch inloggen? Probeer het dan "
        "opnieuw, of vraag het aan je juf of meester.",
    ),
    "login_required": Problem(403, "Je bent niet ingelogd", "Log eerst in bij Sleutelbos."),
    "unreachable": Problem(
        503,
        "Sleutelbos geeft geen antwoord",
        "Inloggen kan nu even niet. Wacht een minuut en probeer het dan opnieuw.",
    ),
    "answer": Problem(
        502,
        "Inloggen is niet gelukt",
        "Het antwoord van Sleutelbos klopte niet. Daarom ben je niet ingelogd. Probeer het opnieuw.",
    ),
    "other_attempt": Problem(
        400,
        "Deze inlogpoging is niet meer geldig",
        "Je deed er te lang over, of je begon in een ander venster. Begin opnieuw, dan lukt het.",
    ),
    "other_issuer": Problem(
        400,
        "Dit antwoord komt niet van Sleutelbos",
        "Iemand anders stuurde je hierheen. Daarom ben je niet ingelogd.",
    ),
    "wrong_start": Problem(
        400,
        "Deze link klopt niet",
        "De link waarmee je hier kwam, hoort niet bij dit programma. Je kunt hier wel zelf inloggen.",
    ),
    "ended_meanwhile": Problem(
        403,
        "Je bent al weer uitgelogd",
        "Terwijl je inlogde, heeft iemand bij Sleutelbos uitgelogd of een andere leerling gekozen.",
    ),
    "own_form": Problem(
        400,
        "Dat is niet gelukt",
        "De pagina was te oud. Ga terug naar het begin en probeer het opnieuw.",
    ),
    "not_told": Problem(
        403,
        "Sleutelbos vertelt niets meer",
        "Dit programma mag nu niets meer over je vragen. Log opnieuw in.",
    ),
    "other": Problem(
        502,
        "Inloggen is niet gelukt",
        "Sleutelbos kon je nu niet inloggen. Probeer het opnieuw. Lukt het weer niet? Vraag dan hulp aan je juf of "
        "meester.",
    ),
}
"""By the OAuth error that the provider gave (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6), or by what we found ourselves."""

_SAME = {"interaction_required": "login_required", "temporarily_unavailable": "unreachable"}


def page(desk: Desk, name: str) -> Response:
    """The page for a problem; an error that has no page of its own gets "other"."""
    problem = PROBLEMS.get(_SAME.get(name, name), PROBLEMS["other"])
    body = render_template("problem.html", publisher=desk.publisher, problem=problem)
    return make_response(body, problem.status)
