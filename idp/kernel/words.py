"""Dutch is the language that sentences are written in; what they are in English stands in idp/translations/en/*.po.

The files are read as they are, one for each room of the house, so that no compiled copy can fall behind.
"""

import io
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES = ("nl", "en")
FOLDER = Path(__file__).parents[1] / "translations"


def msgid(text: str) -> str:
    """Marks a sentence for translation where it is written; the page that shows it translates it."""
    return text


@cache
def catalog(locale: str) -> Translations:
    """The sentences of `locale`; those of Dutch are the sentences themselves."""
    together = Catalog(locale=locale)
    for file in sorted((FOLDER / locale).glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=locale):
                if message.id and message.string:
                    together[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, together)
    compiled.seek(0)
    return Translations(compiled)
