"""What went wrong before anybody could act: pages that could not be shown, and requests of publishers' programs."""

from collections.abc import Mapping
from typing import NamedTuple

from idp.kernel.words import msgid


class Happening(NamedTuple):
    """Two Dutch message ids; `do` is "" where nothing has to be done (`happenings.NOTHING`)."""

    what: str
    do: str = ""


AGAIN = msgid("Probeer het opnieuw. Blijft het misgaan? Meld het dan met deze code bij het platform.")
_TO_PUBLISHER = msgid("Meld het met deze code bij de uitgever van de app. Jij en de leerling deden niets fout.")

MISHAPS: Mapping[str, Happening] = {
    # Pages that could not be shown.
    "page.not_found": Happening(
        msgid("Iemand vroeg een pagina die er niet is, of die niet voor deze persoon is."),
        msgid("Kijk of de link klopt, en of de leerling of groep bij deze leerkracht hoort."),
    ),
    "page.csrf": Happening(
        msgid("Een formulier stond te lang open, of er was intussen uitgelogd. Er is niets bewaard."),
        msgid("Open de pagina opnieuw en vul het formulier nog een keer in. Cookies moeten aan staan."),
    ),
    "page.unstorable": Happening(
        msgid("In een veld stond een teken dat niet bewaard kan worden. Er is niets veranderd."),
        msgid("Typ de tekst zelf in, zonder kopiëren en plakken."),
    ),
    "page.link_source": Happening(
        msgid("Vanaf één plek zijn heel veel verkeerde links geopend. Nieuwe pogingen wachten even."),
        msgid("Wacht een paar minuten. Open daarna de link uit de nieuwste mail."),
    ),
    "page.gone_meanwhile": Happening(
        msgid("Een collega had net beëindigd waar iemand iets mee wilde doen."),
        msgid("Er hoeft niets te gebeuren. Kijk in de lijst hoe het nu is."),
    ),
    "page.too_many_links": Happening(
        msgid("Vanaf één plek zijn heel veel verkeerde links geopend. Nieuwe pogingen wachten even."),
        msgid("Wacht een paar minuten. Maak daarna een nieuwe link voor het apparaat."),
    ),
    "page.busy": Happening(
        msgid("Het was te druk. Er is niets veranderd."), msgid("Wacht een minuut en probeer het opnieuw.")
    ),
    "page.fault": Happening(msgid("Er ging bij ons iets mis. Er is niets veranderd."), AGAIN),
    "page.request_gone": Happening(
        msgid("De inlogvraag van een app was te oud, of hoorde bij een andere browser."),
        msgid("Begin opnieuw vanuit de app, en blijf in dezelfde browser."),
    ),
    "page.request_refused": Happening(msgid("Een app stuurde een inlogvraag die niet klopt."), _TO_PUBLISHER),
    "page.request_refused:unknown_client": Happening(
        msgid("Een app wilde inloggen die hier niet bekend is."), _TO_PUBLISHER
    ),
    "page.request_refused:redirect_uri": Happening(
        msgid("Een app wilde terug naar een adres dat niet is afgesproken."), _TO_PUBLISHER
    ),
    "page.logout_refused": Happening(
        msgid("Een app wilde uitloggen met gegevens die niet kloppen."),
        msgid("Log uit met de knop Uitloggen in het portaal."),
    ),
    "page.device_gone": Happening(
        msgid("De code op een scherm was te oud of al gebruikt."), msgid("Laat het scherm een nieuwe code tonen.")
    ),
    "page.device_not_allowed": Happening(
        msgid("Een scherm wilde een app openen die niet aan staat voor deze school."),
        msgid("De ICT-coördinator kan de uitgever aanzetten bij Uitgevers."),
    ),
    "page.http_400": Happening(msgid("De browser stuurde iets wat niet te lezen was."), AGAIN),
    "page.http_404": Happening(
        msgid("Iemand vroeg een pagina die er niet is."), msgid("Kijk of het adres klopt, of begin op de beginpagina.")
    ),
    "page.http_405": Happening(
        msgid("Een pagina werd geopend op een manier die niet kan, bijvoorbeeld door te herladen."),
        msgid("Begin opnieuw vanaf de beginpagina."),
    ),
    "page.http_413": Happening(
        msgid("Een bestand of tekst was te groot. Er is niets bewaard."),
        msgid("Stuur een kleiner bestand: hoogstens 20 MB."),
    ),
    "page.http_400s": Happening(msgid("Een pagina kon niet getoond worden."), AGAIN),
    "refusals.many": Happening(
        msgid("Er kwamen heel veel foute vragen tegelijk. Die zijn niet een voor een opgeschreven."),
        msgid("Wacht tien minuten en doe het nog een keer. De code die je dan krijgt, zegt wat er misging."),
    ),
    # Programs of publishers.
    "protocol.refused": Happening(msgid("Een programma van een uitgever kreeg geen toegang."), _TO_PUBLISHER),
    "protocol.refused:invalid_client": Happening(
        msgid("Een programma van een uitgever kon niet laten zien wie het is."), _TO_PUBLISHER
    ),
    "protocol.refused:invalid_grant": Happening(
        msgid("Een app wilde verder met een inlog die voorbij is."),
        msgid("Log opnieuw in bij de app. Helpt dat niet? Meld het dan bij de uitgever."),
    ),
    "protocol.refused:invalid_token": Happening(
        msgid("Een app vroeg gegevens met een bewijs dat niet meer geldig is."), msgid("Log opnieuw in bij de app.")
    ),
    "protocol.refused:server_error": Happening(msgid("Er ging bij ons iets mis. Er is niets veranderd."), AGAIN),
}
