"""English is complete, and says nothing that Dutch does not say."""

import re

from babel.messages.pofile import read_po

from idp.kernel.words import FOLDER
from tests.house.translations import sentences, translated


def test_every_sentence_has_an_english_one() -> None:
    have = translated()
    assert [f"{file}: {text}" for text, file in sentences().items() if text and text not in have] == []


def test_no_translation_is_left_over() -> None:
    written = sentences()
    assert [f"{file}: {text}" for text, file in translated().items() if text not in written] == []


def test_translations_hold_the_same_placeholders() -> None:
    wrong = []
    for file in sorted((FOLDER / "en").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="en"):
                if isinstance(message.id, str) and message.id and message.string:
                    dutch, english = (set(re.findall(r"%\((\w+)\)s", text)) for text in (message.id, message.string))
                    if dutch != english:
                        wrong.append(f"{file.name}: {message.id}")
    assert not wrong
