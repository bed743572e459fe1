"""Settings: what can be set from outside, and why the program refuses to start with them."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from idp.kernel.secrets import KeyRing


class SettingsError(Exception):
    """The settings do not fit together; the message says which and what to do."""


class Settings(BaseSettings):
    """The environment, checked. `sleutelbos config check` prints each field with its sentence."""

    model_config = SettingsConfigDict(env_prefix="IDP_", populate_by_name=True, extra="ignore")

    issuer: str = Field(
        "", description="The provider's own address, in every link and token; default http://localhost:PORT."
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(5000, alias="PORT", ge=1, le=65535, description="The provider's port.")
    clients_port: int = Field(5001, alias="CLIENTS_PORT", ge=1, le=65535, description="The demo publishers' port.")
    networks_port: int = Field(
        5002, alias="NETWORKS_PORT", ge=1, le=65535, description="The demo network environments' port."
    )
    data: Path = Field(Path("var"), description="The folder for the embedded database and the demo's key ring.")
    database_url: str = Field(
        "", description="sqlite:///FILE or postgresql+psycopg://...; empty means SQLite in the data folder."
    )
    keys: SecretStr = Field(
        SecretStr(""), description="The key ring, name:base64 of 32 bytes, the newest first, comma between."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Where mail goes: smtp://user:password@host:587 (STARTTLS) or smtps://host:465.",
    )
    mail_from: str = Field("Sleutelbos <niet-beantwoorden@localhost>", description="The sender of every mail.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics from elsewhere than this machine."
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Addresses or networks, comma between, whose X-Forwarded-For is believed.",
    )
    certificate_header: str = Field(
        "",
        description="The header in which a trusted proxy hands over a publisher's TLS certificate (Client-Cert, with "
        "Client-Cert-Verify: SUCCESS beside it when its authority is trusted); empty means that none does.",
    )
    demo: bool = Field(False, description="Demo data and the demo mailbox; only through `sleutelbos demo`.")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write it as https://host, without a path")
        if parts.query or parts.fragment or parts.username or parts.path:
            raise ValueError("no path, slash at the end, query, fragment or user part")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError(f"http is only for this machine itself; use https for {parts.hostname}")
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        self.issuer = self.issuer or f"http://localhost:{self.port}"
        if self.demo and not is_loopback(urlsplit(self.issuer).hostname or ""):
            raise ValueError("IDP_DEMO is refused unless IDP_ISSUER's host is this machine (localhost)")
        if self.keys.get_secret_value():
            try:
                KeyRing.parse(self.keys.get_secret_value())
            except ValueError as error:
                raise ValueError(f"IDP_KEYS: {error}") from error
        elif not self.demo:
            raise ValueError(
                "IDP_KEYS is not set: make a ring once with `sleutelbos config new-keys` and keep it safe; "
                "without it nothing that is sealed in the database can be read again"
            )
        return self

    @property
    def database(self) -> str:
        """The database's URL; SQLite in the data folder when none is set."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'sleutelbos.db'}"

    @property
    def issuer_host(self) -> str:
        """The host of the issuer."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def clients_base(self) -> str:
        """Where a browser finds the demo publishers."""
        return f"http://{urlsplit(self.issuer).hostname}:{self.clients_port}"

    @property
    def networks_base(self) -> str:
        """Where a browser finds the demo network environments."""
        return f"http://{urlsplit(self.issuer).hostname}:{self.networks_port}"

    @property
    def secure(self) -> bool:
        """Is the issuer https? Then cookies are `__Host-` prefixed and Secure."""
        return self.issuer.startswith("https://")


def is_loopback(host: str) -> bool:
    """Does this host name mean the machine itself?"""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(*, demo: bool = False, keys: str | None = None) -> Settings:
    """Read the environment. Raises SettingsError with one line per problem."""
    given: dict[str, object] = {"demo": True} if demo else {}
    if keys is not None:
        given["keys"] = SecretStr(keys)
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(item) for item in error.errors())) from error


def _sentence(item: object) -> str:
    where = item["loc"]  # type: ignore[index]
    message = str(item["msg"]).removeprefix("Value error, ")  # type: ignore[index]
    if not where:
        return message
    name = str(where[0])
    return f"{name if name.isupper() else 'IDP_' + name.upper()}: {message}"
