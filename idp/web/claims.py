"""What publishers may be told of a pupil, as it is called on pages."""

from collections.abc import Mapping
from typing import Final

from idp.kernel.words import msgid

LABELS: Final[Mapping[str, str]] = {
    "given_name": msgid("Voornaam"),
    "name": msgid("Naam"),
    "family_name": msgid("Achternaam"),
    "locale": msgid("Taal"),
    "school": msgid("School"),
    "group": msgid("Groep"),
    "eck_id": msgid("ECK iD"),
    "role": msgid("Leerling of leerkracht"),
}
"""By claim."""
