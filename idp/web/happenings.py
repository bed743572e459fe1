"""What the events of the audit mean in plain words, and what to do next: for /hulp, /ict/logboek and `audit CODE`.

A literal table. The key is the act, or "act:reason" where the reason makes a difference; a failure without a row here
would leave a teacher with a code that says nothing, so a test reads the acts out of the program and looks for each.
"""

from collections.abc import Mapping
from typing import Any

from idp.kernel.words import msgid
from idp.web.mishaps import AGAIN, MISHAPS, Happening

_NEW_LINK = msgid("Zoek de nieuwste mail op, of laat een nieuwe sturen met (Her)zend.")

HAPPENINGS: Mapping[str, Happening] = {
    **MISHAPS,
    # Signing in.
    "signin.failed": Happening(
        msgid("Inloggen lukte niet: het klopte niet wat er was ingevuld."),
        msgid("Kijk op de groepspagina welke pincode of welk plaatje het is, of maak een nieuwe."),
    ),
    "signin.failed:home": Happening(
        msgid("Een ouder vulde een verkeerd wachtwoord in."),
        msgid("De ouder kan zelf een nieuw wachtwoord kiezen met Wachtwoord vergeten."),
    ),
    "signin.failed:staff": Happening(
        msgid("Een medewerker vulde een verkeerd wachtwoord in."),
        msgid("De ICT-coördinator kan een mail sturen met een link voor een nieuw wachtwoord."),
    ),
    "signin.failed:badge": Happening(
        msgid("Een pasje werkte niet: het is van een andere school, of er is een nieuwer pasje."),
        msgid("Druk een nieuw pasje af voor deze leerling."),
    ),
    "signin.failed:emergency": Happening(
        msgid("Een noodcode klopte niet, was te oud of al gebruikt."), msgid("Maak een nieuwe noodcode.")
    ),
    "signin.locked": Happening(
        msgid("Na vijf verkeerde pogingen moest een leerling vijf minuten wachten."),
        msgid("Wacht vijf minuten, of geef de leerling een nieuwe pincode: dan kan het meteen."),
    ),
    "signin.password": Happening(msgid("Ingelogd met e-mailadres en wachtwoord.")),
    "signin.child": Happening(msgid("Een leerling heeft ingelogd.")),
    "signin.factor": Happening(msgid("De tweede stap van het inloggen lukte.")),
    "factor.added": Happening(msgid("Een tweede stap voor het inloggen toegevoegd.")),
    "factor.removed": Happening(msgid("Een tweede stap voor het inloggen weggehaald.")),
    "factor.recovery_codes": Happening(msgid("Nieuwe herstelcodes gemaakt.")),
    "factor.reset": Happening(
        msgid("De tweede stap van een medewerker weggehaald, zodat die een nieuwe kan kiezen."),
        msgid("De medewerker logt in en kiest dan zelf een nieuwe tweede stap."),
    ),
    # Home accounts and their places.
    "slot.filled": Happening(
        msgid("E-mailadres voor thuis ingevuld."),
        msgid("Wacht tot de ouder de link in de mail opent. Kwam er geen mail? Kies (Her)zend."),
    ),
    "slot.resent": Happening(msgid("Link voor thuis opnieuw gestuurd.")),
    "slot.confirmed": Happening(msgid("Een ouder heeft de thuislogin aangezet.")),
    "slot.emptied": Happening(
        msgid("E-mailadres voor thuis weggehaald. De toegang is uit."),
        msgid("Moet de ouder weer kunnen inloggen? Vul het e-mailadres opnieuw in bij de leerling."),
    ),
    "slot.emptied:refused": Happening(
        msgid("De ontvanger van de mail zei: dit is niet mijn kind. Het e-mailadres is weggehaald."),
        msgid("Vraag de ouder naar het juiste e-mailadres en vul dat in."),
    ),
    "slot.emptied:forgotten": Happening(
        msgid("Een ouder heeft het thuisaccount laten wissen."),
        msgid("Wil de ouder toch weer inloggen? Vul het e-mailadres opnieuw in bij de leerling."),
    ),
    "home.activated": Happening(msgid("Een ouder heeft een wachtwoord gekozen.")),
    "home.password": Happening(msgid("Een ouder heeft een ander wachtwoord gekozen.")),
    "home.address": Happening(msgid("Een ouder heeft een ander e-mailadres.")),
    "home.address_asked": Happening(msgid("Een ouder heeft een ander e-mailadres aangevraagd."), _NEW_LINK),
    "home.forgotten": Happening(msgid("Er is om een nieuw wachtwoord gevraagd."), _NEW_LINK),
    "home.deleted": Happening(
        msgid("Een thuisaccount zonder kinderen is gewist."),
        msgid("Komt het kind terug? Vul het e-mailadres dan opnieuw in bij de leerling."),
    ),
    "data.exported": Happening(msgid("Gegevens van een leerling opgevraagd.")),
    "pupil.erased": Happening(msgid("Gegevens van een leerling gewist.")),
    "home.passkey_added": Happening(msgid("Een ouder heeft een sleutel op een apparaat toegevoegd.")),
    "home.passkey_removed": Happening(msgid("Een ouder heeft een sleutel van een apparaat weggehaald.")),
    "signin.passkey": Happening(msgid("Ingelogd met een sleutel op een apparaat.")),
    # Pupils and groups.
    "pupil.pin": Happening(
        msgid("Nieuwe pincode voor een leerling."),
        msgid("Geef de leerling de nieuwe pincode, of druk een nieuwe kaart af."),
    ),
    "pupil.secret_picture": Happening(
        msgid("Nieuw wachtwoordplaatje voor een leerling."),
        msgid("Laat de leerling het nieuwe plaatje zien, of druk een nieuwe kaart af."),
    ),
    "pupil.joined": Happening(msgid("Leerling op school gekomen.")),
    "pupil.moved": Happening(msgid("Leerling naar een andere groep gegaan.")),
    "pupil.renamed": Happening(msgid("Naam van een leerling veranderd.")),
    "pupil.key": Happening(msgid("Leerlingnummer van een leerling veranderd.")),
    "pupil.left": Happening(
        msgid("Leerling van school gegaan. De toegang is uit."),
        msgid("Klopt dat niet? Zet de leerling terug bij Groepen en leerlingen: alles is er een jaar lang nog."),
    ),
    "badge.printed": Happening(
        msgid("Nieuw pasje voor een leerling. Het oude werkt niet meer."),
        msgid("Geef het nieuwe pasje aan de leerling en gooi het oude weg."),
    ),
    "emergency.made": Happening(msgid("Noodcode gemaakt voor een leerling.")),
    "group.made": Happening(msgid("Groep gemaakt.")),
    "group.changed": Happening(msgid("Naam of jaargroep van een groep veranderd.")),
    "group.closed": Happening(msgid("Groep gesloten.")),
    "group.pasted": Happening(msgid("E-mailadressen voor een hele groep ingevuld.")),
    "group.login_method": Happening(msgid("Manier van inloggen thuis veranderd voor een groep.")),
    "group.school_method": Happening(msgid("Manier van inloggen op school veranderd voor een groep.")),
    "substitute.given": Happening(msgid("Groep tijdelijk aan een invaller gegeven.")),
    "substitute.ended": Happening(msgid("De invaller heeft de groep niet meer.")),
    # Staff and the school.
    "staff.joined": Happening(msgid("Medewerker erbij gekomen.")),
    "staff.invited": Happening(
        msgid("Medewerker een link gestuurd om een wachtwoord te kiezen."),
        msgid("Geen mail gekregen? De ICT-coördinator kan de link opnieuw sturen."),
    ),
    "staff.password": Happening(msgid("Medewerker heeft een wachtwoord gekozen.")),
    "staff.forgotten": Happening(msgid("Een medewerker vroeg om een nieuw wachtwoord."), _NEW_LINK),
    "staff.changed": Happening(msgid("Naam of e-mailadres van een medewerker veranderd.")),
    "staff.groups": Happening(msgid("Groepen van een medewerker veranderd.")),
    "staff.role": Happening(msgid("Rol of groepen van een medewerker veranderd.")),
    "staff.ended": Happening(
        msgid("Medewerker gestopt. De toegang is uit."),
        msgid("Klopt dat niet? De ICT-coördinator kan de medewerker opnieuw toevoegen, met hetzelfde e-mailadres."),
    ),
    "staff.erased": Happening(msgid("Gegevens van een medewerker die weg is gewist.")),
    "roster.applied": Happening(msgid("Leerlingen en groepen ingelezen.")),
    "school.merged": Happening(
        msgid("Twee scholen samengevoegd."),
        msgid("Iedereen logt in zoals eerst. Kijk of de groepen kloppen bij Groepen en leerlingen."),
    ),
    "publisher.opened": Happening(msgid("Uitgever aangezet of veranderd.")),
    "publisher.closed": Happening(
        msgid("Uitgever uitgezet."),
        msgid("Moet de app toch open? De ICT-coördinator zet de uitgever weer aan bij Uitgevers."),
    ),
    "device.link": Happening(msgid("Link gemaakt om een apparaat van de school aan te melden.")),
    "device.enrolled": Happening(msgid("Apparaat van de school aangemeld.")),
    "device.ended": Happening(
        msgid("Apparaat van de school afgemeld."),
        msgid("Hoort het apparaat er toch bij? Maak een nieuwe link bij Apparaten."),
    ),
    "address.added": Happening(msgid("Internetadres van de school toegevoegd.")),
    "address.removed": Happening(
        msgid("Internetadres van de school weggehaald."),
        msgid("Apparaten op dat adres moeten nu zelf aangemeld zijn, met een link bij Apparaten."),
    ),
    "page.network_missing": Happening(
        msgid("De netwerkomgeving van deze school is hier nog niet aangesloten."),
        msgid("Vraag de beheerder van Sleutelbos om de omgeving aan te sluiten."),
    ),
    "page.network_refused": Happening(
        msgid("Inloggen via de netwerkomgeving lukte niet."),
        msgid("Laat de leerling opnieuw beginnen. Helpt dat niet? Meld het dan met deze code bij het platform."),
    ),
    "page.network_refused:unknown": Happening(
        msgid("De netwerkomgeving stuurde een leerling die hier niet bekend is."),
        msgid("Lees de leerlingen opnieuw in, en kijk of het nummer van de leerling in beide hetzelfde is."),
    ),
    "page.network_refused:ambiguous": Happening(
        msgid("De netwerkomgeving stuurde een leerling die hier twee keer staat."),
        msgid("Zoek de leerling op bij Groepen en leerlingen, en haal de dubbele weg."),
    ),
    "page.network_refused:unreachable": Happening(
        msgid("De netwerkomgeving gaf geen antwoord."),
        msgid("Wacht een paar minuten. Duurt het langer? Vraag het aan de omgeving zelf."),
    ),
    "network.changed": Happening(
        msgid("Netwerkomgeving van de school veranderd."),
        msgid("Leerlingen loggen vanaf nu anders in. Laat het in elke groep één keer proberen."),
    ),
    "school.founded": Happening(msgid("School gemaakt.")),
    "school.deletion_asked": Happening(
        msgid("Gevraagd om de school te verwijderen. Een tweede beheerder moet het bevestigen.")
    ),
    "school.deletion_withdrawn": Happening(msgid("De school wordt niet verwijderd.")),
    "school.deleted": Happening(msgid("School verwijderd.")),
    "client.stored": Happening(msgid("Een uitgever toegevoegd of veranderd op het platform.")),
    "client.secret": Happening(msgid("Nieuw geheim voor een uitgever gemaakt.")),
    "client.disabled": Happening(
        msgid("Een uitgever stilgezet op het platform."),
        msgid("Moet de uitgever weer werken? Sla de gegevens opnieuw op bij Uitgevers."),
    ),
    "keys.rotated": Happening(msgid("Nieuwe sleutels voor het platform.")),
    "outbox.retried": Happening(msgid("Een wachtende mail of melding opnieuw geprobeerd.")),
    "client.registered": Happening(msgid("Een uitgever heeft een app aangemeld.")),
    "client.changed": Happening(msgid("Een uitgever heeft een app veranderd.")),
    "client.removed": Happening(msgid("Een uitgever heeft een app weggehaald.")),
}
"""By act, and by "act:reason" where that says more."""

NOTHING = msgid("Er ging niets mis. Je hoeft niets te doen.")
"""What to do about an act that went well, and that nobody has to do anything about."""

UNKNOWN = Happening(msgid("Er is iets gebeurd waarvoor nog geen uitleg is."), AGAIN)

_REASONS = ("reason", "error", "why", "way")
"""The facts that may make a difference, in this order."""


def of(act: str, facts: Mapping[str, Any]) -> Happening:
    """What an event means."""
    for name in _REASONS:
        found = HAPPENINGS.get(f"{act}:{facts.get(name)}")
        if found is not None:
            return found
    if act not in HAPPENINGS and act.startswith("page.http_"):
        return HAPPENINGS["page.fault" if act.startswith("page.http_5") else "page.http_400s"]
    return HAPPENINGS.get(act, UNKNOWN)
