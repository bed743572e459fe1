"""`make docs`: whole pages, and the made parts of the others."""

from tests.house import documents, made_parts

documents.write()
made_parts.write()
