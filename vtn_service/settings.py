"""Settings of the VTN: one frozen value, read once, from variables named VTN_..."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "VTN_"
MEBIBYTE = 1024 * 1024
MIN_IDLE = 60.0
MAX_IDLE = 3600.0
LONGEST_SILENCE = 366 * 86400
LEAST_KEY = 16
_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgresql+psycopg2://")


class SettingsError(Exception):
    """Settings are missing or contradict each other; the process does not start."""


class Settings(BaseModel):
    """Where the VTN listens, what it keeps and what it lets in.

    Args:
        store: The event book and report inbox: a path of a SQLite file, or a
            SQLAlchemy URL `sqlite:///...` or `postgresql://...`. Several processes
            may share a PostgreSQL store.
        host: Address the devices' door listens on.
        port: And on which port; 0 for any free one.
        control_host: Address the pipeline's door listens on.
        control_port: And on which port; 0 for any free one.
        control_key: Key of that door, of 16 characters or more; or
        control_key_file: a file that holds it.
        id: The vtnID told to devices, which must not be all lower case: some
            refuse such an id.
        poll_seconds: How often devices are asked to poll.
        silent_seconds: A device unheard for so long is silent.
        max_body_bytes: Largest message of a device.
        body_seconds: How long a message may take to arrive: its head, then its body.
        max_connections: Of the devices' door.
        max_connections_per_address: Of one address (IPv6: of a /64), unless it is a
            trusted proxy's.
        requests_per_second: Of one device. Ten seconds' worth is answered at once;
            what comes faster waits, up to ten seconds, and the rest is answered 429.
        refusals_per_minute: Of one address that shows wrong identities; more are
            answered 429 without a look, but for devices that got in before.
        tls_cert_file: Certificate chain (PEM) of the devices' door; with it
        tls_key_file: its key, the door speaks TLS.
        tls_client_ca_file: Authorities (PEM) of client certificates.
        tls_has_legacy_suites: Whether TLS_RSA_WITH_AES_128_CBC_SHA256 is offered.
        signing_cert_file: Certificate (PEM) the VTN signs its messages with; and
        signing_key_file: its key.
        signature_seconds: How far a signature's time may be from ours, either way.
        trusted_proxies: Addresses or networks of proxies, comma-separated.
        client_cert_header: Header in which such a proxy passes the client's
            certificate (PEM, URL-encoded).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    store: str = ".ter/vtn.sqlite"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    control_host: str = "127.0.0.1"
    control_port: int = Field(8081, ge=0, le=65535)
    control_key: SecretStr = SecretStr("")
    control_key_file: Path | None = None
    id: str = Field("TER_VTN", min_length=1, max_length=128)
    poll_seconds: int = Field(10, ge=1, le=86400)
    silent_seconds: int = Field(900, ge=1, le=LONGEST_SILENCE)
    max_body_bytes: int = Field(8 * MEBIBYTE, ge=1024)
    body_seconds: float = Field(30.0, gt=0, le=3600, allow_inf_nan=False)
    max_connections: int = Field(20_000, ge=1)
    max_connections_per_address: int = Field(2_000, ge=1)
    requests_per_second: float = Field(10.0, gt=0)
    refusals_per_minute: int = Field(120, ge=1)
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    tls_client_ca_file: Path | None = None
    tls_has_legacy_suites: bool = False
    signing_cert_file: Path | None = None
    signing_key_file: Path | None = None
    signature_seconds: int = Field(300, ge=1, le=86400)
    trusted_proxies: str = ""
    client_cert_header: str = ""

    @field_validator("id")
    @classmethod
    def _is_not_lower(cls, value: str) -> str:
        if value.islower():
            raise ValueError(f"got {value!r}, expected not all lower case")
        return value

    @field_validator("store")
    @classmethod
    def _is_a_store(cls, value: str) -> str:
        if "://" in value and not value.startswith((_SQLITE, *_POSTGRES)):
            raise ValueError(
                f"got {value.split('://')[0]}, expected a path, {_SQLITE} or "
                f"{_POSTGRES[0]}"
            )
        if not value.removeprefix(_SQLITE):
            raise ValueError("got no file, expected a path")
        if value.startswith(_POSTGRES):
            _require_readable(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for text in filter(None, map(str.strip, value.split(","))):
            if ip_network(text).prefixlen == 0:
                raise ValueError(f"got {text}, which is everybody, expected a proxy's")
        return value

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        has_key = bool(self.control_key.get_secret_value())
        if has_key == (self.control_key_file is not None):
            raise ValueError(
                f"set one of {PREFIX}CONTROL_KEY and {PREFIX}CONTROL_KEY_FILE"
            )
        if has_key and (fault := _find_short(self.control_key.get_secret_value())):
            raise ValueError(f"{PREFIX}CONTROL_KEY: {fault}")
        return self

    @model_validator(mode="after")
    def _has_no_half(self) -> Self:
        """Refuse half a TLS configuration: it would be plain HTTP in silence."""
        for whole, parts in {
            "TLS": ("tls_cert_file", "tls_key_file"),
            "Signing": ("signing_cert_file", "signing_key_file"),
        }.items():
            missing = [name for name in parts if getattr(self, name) is None]
            if len(missing) == 1:
                raise ValueError(
                    f"{whole} needs both certificate and key: set "
                    f"{PREFIX}{missing[0].upper()}"
                )
        if self.tls_cert_file is None and (
            self.tls_client_ca_file or self.tls_has_legacy_suites
        ):
            raise ValueError(
                f"TLS needs {PREFIX}TLS_CERT_FILE and {PREFIX}TLS_KEY_FILE"
            )
        if self.client_cert_header and not self.trusted_proxies:
            raise ValueError(
                f"{PREFIX}CLIENT_CERT_HEADER needs {PREFIX}TRUSTED_PROXIES: from "
                "anybody else the header proves nothing"
            )
        return self

    @property
    def proxies(self) -> list[IPv4Network | IPv6Network]:
        """Give the networks of trusted proxies."""
        texts = filter(None, map(str.strip, self.trusted_proxies.split(",")))
        return [ip_network(text) for text in texts]

    @property
    def key_files(self) -> list[Path]:
        """Give the files that hold keys."""
        files = self.control_key_file, self.tls_key_file, self.signing_key_file
        return [file for file in files if file]

    @property
    def store_url(self) -> str:
        """Give the store's SQLAlchemy URL."""
        return self.store if "://" in self.store else f"{_SQLITE}{self.store}"

    @property
    def shown_store(self) -> str:
        """Give the store's URL without its password and options, for messages."""
        return make_url(self.store_url).set(query={}).render_as_string()

    @property
    def idle_seconds(self) -> float:
        """Give how long a device's connection may be idle: longer than between polls.

        Were it shorter, a poll could meet the closing of its connection.
        """
        return min(MIN_IDLE + 2 * self.poll_seconds, MAX_IDLE)

    def read_control_key(self) -> str:
        """Give the key of the control door.

        Raises:
            SettingsError: If the file cannot be read, or what it holds is too short.
        """
        if self.control_key_file is None:
            return self.control_key.get_secret_value()
        name = f"{PREFIX}CONTROL_KEY_FILE"
        try:
            key = self.control_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}: {error}") from error
        if fault := _find_short(key):
            raise SettingsError(f"{name}: {self.control_key_file}: {fault}")
        return key


def _find_short(key: str) -> str:
    """Say that a key is too short; empty if it is not."""
    if len(key) >= LEAST_KEY:
        return ""
    return f"got {len(key)} characters, expected {LEAST_KEY} or more"


def _require_readable(url: str) -> None:
    """Refuse a URL whose password would be read as something else, and be shown."""
    try:
        host = make_url(url).host or ""
    except (ArgumentError, ValueError):
        host = "@"
    if "@" in host:
        raise ValueError(
            f"expected {_POSTGRES[0]}user:password@host:port/database, the password "
            "percent-encoded"
        )


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environ: Variables to read instead of the process's own.

    Raises:
        SettingsError: Naming every variable that is wrong, missing or unknown.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX)
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{PREFIX}{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}"
            if e["loc"]
            else e["msg"]
            for e in error.errors()
        )
        raise SettingsError(f"{wrong}; see README, section Settings.") from error
