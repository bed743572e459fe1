"""What both apps read from the environment, with the addresses of the demo as defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class StartError(Exception):
    """A reason not to start that the person at the keyboard can act on: one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the provider is, where this app is, and the folder for what it keeps."""

    issuer: str
    host: str
    base: str
    data: Path

    @property
    def port(self) -> int:
        """The port of `base`."""
        parts = urlsplit(self.base)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def secure(self) -> bool:
        """Are cookies for https only?"""
        return self.base.startswith("https://")


def read(prefix: str, base: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """IDP_ISSUER, IDP_HOST, PREFIX_BASE (default `base`) and PREFIX_DATA. Raises StartError."""
    settings = Settings(
        issuer=environ.get("IDP_ISSUER", "http://localhost:5000"),
        host=environ.get("IDP_HOST", "127.0.0.1"),
        base=environ.get(f"{prefix}_BASE", base).rstrip("/"),
        data=Path(environ.get(f"{prefix}_DATA", f"var/{prefix.lower()}")),
    )
    try:
        known = urlsplit(settings.base).scheme in ("http", "https") and settings.port > 0
    except ValueError:
        known = False
    if not known:
        raise StartError(f"{prefix}_BASE={settings.base!r} is not an address like {base}")
    return settings
