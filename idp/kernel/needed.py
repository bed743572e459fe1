"""Large libraries that few requests need (PDF, XML, workbooks, passkeys, QR codes, calls to others) come when needed.

A server process is a third smaller for it, and most never print a card.
"""

import importlib
from typing import Any


class WhenNeeded:
    """Stands for the module `name`, which is imported when something of it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)
