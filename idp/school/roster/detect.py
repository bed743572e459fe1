"""What kind of roster somebody sent, told by what is in it; a file's name says nothing."""

from idp.kernel.words import msgid
from idp.school.roster import archive, decoding, edexml, oneroster, plain_csv
from idp.school.roster.values import Problem, Reading


def read(data: bytes) -> Reading:
    """The roster, or every problem. Never raises, whatever the bytes; ask `decoding.too_large` before reading them."""
    problem = decoding.too_large(len(data))
    if problem is not None:
        return [problem]
    if not data.strip():
        return [Problem(0, "", msgid("Dit bestand is leeg."))]
    if data.startswith(archive.MAGIC):
        return oneroster.read(data)
    text = decoding.decode(data)
    if isinstance(text, Problem):
        return [text]
    return edexml.read(data) if text.lstrip().startswith("<") else plain_csv.read(data)
