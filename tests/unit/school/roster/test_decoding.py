"""The encodings that administrations and spreadsheets write are read; nothing else is guessed at."""

import codecs

import pytest

from idp.school.roster import decoding
from idp.school.roster.values import Problem


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        (codecs.BOM_UTF8 + "é".encode(), "é"),
        (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), "é"),
        (codecs.BOM_UTF16_BE + "é".encode("utf-16-be"), "é"),
        ("é € “".encode("cp1252"), "é € “"),
        (
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
            "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>",
        ),
        (b'<?xml version="1.0" encoding="iso-8859-15"?>\xa4', '<?xml version="1.0" encoding="iso-8859-15"?>€'),
    ],
)
def test_a_file_is_read_as_it_was_written(data: bytes, text: str) -> None:
    assert decoding.decode(data) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x8d",  # no letters of Windows-1252
        codecs.BOM_UTF8 + b"\xff",
        codecs.BOM_UTF16_LE + b"a",
        codecs.BOM_UTF16_LE + b"\x00\xd8",  # half a pair
        codecs.BOM_UTF32_LE + "a".encode("utf-32-le"),
        "sleutel".encode("utf-16-le"),  # without its mark
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b'<?xml version="1.0" encoding="utf-7"?>+ADw-',
        b'<?xml version="1.0" encoding="IBM037"?>',
        b'<?xml version="1.0" encoding="utf-8"?>\xe9',
    ],
)
def test_anything_else_is_a_problem(data: bytes) -> None:
    assert isinstance(decoding.decode(data), Problem)


def test_the_size_is_looked_at_before_the_file() -> None:
    assert decoding.too_large(decoding.MAX_BYTES) is None
    assert decoding.too_large(200 * 2**20) is not None
