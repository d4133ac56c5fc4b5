"""Settings of the VTN: one frozen value, read once, from variables named VTN_..."""

import os
from collections.abc import Mapping
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

PREFIX = "VTN_"
MEBIBYTE = 1024 * 1024
MIN_IDLE = 60.0
MAX_IDLE = 3600.0
_SQLITE = "sqlite:///"


class SettingsError(Exception):
    """Settings are missing or contradict each other; the process does not start."""


class Settings(BaseModel):
    """Where the VTN listens, what it keeps and what it lets in.

    Args:
        store: SQLite file of the event book and report inbox; a path, or a
            SQLAlchemy URL `sqlite:///...`.
        host: Address both doors listen on.
        port: The devices' door; 0 for any free port.
        control_port: The pipeline's door; 0 for any free port.
        control_key: Key of that door; or
        control_key_file: a file that holds it.
        id: The vtnID told to devices, which must not be all lower case: some
            refuse such an id.
        poll_seconds: How often devices are asked to poll.
        max_body_bytes: Largest message of a device.
        body_seconds: How long a message may take to arrive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    store: str = ".ter/vtn.sqlite"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    control_port: int = Field(8081, ge=0, le=65535)
    control_key: SecretStr = SecretStr("")
    control_key_file: Path | None = None
    id: str = Field("TER_VTN", min_length=1, max_length=128)
    poll_seconds: int = Field(10, ge=1, le=86400)
    max_body_bytes: int = Field(8 * MEBIBYTE, ge=1024)
    body_seconds: float = Field(30.0, gt=0)

    @field_validator("id")
    @classmethod
    def _is_not_lower(cls, value: str) -> str:
        if value.islower():
            raise ValueError(f"got {value!r}, expected not all lower case")
        return value

    @field_validator("store")
    @classmethod
    def _is_sqlite(cls, value: str) -> str:
        if "://" in value and not value.startswith(_SQLITE):
            raise ValueError(
                f"got {value.split('://')[0]}, expected a path or {_SQLITE}"
            )
        if not value.removeprefix(_SQLITE):
            raise ValueError("got no file, expected a path")
        return value

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        has_key = bool(self.control_key.get_secret_value())
        if has_key == (self.control_key_file is not None):
            raise ValueError(
                f"set one of {PREFIX}CONTROL_KEY and {PREFIX}CONTROL_KEY_FILE"
            )
        return self

    @property
    def store_url(self) -> str:
        """Give the store's SQLAlchemy URL."""
        return self.store if "://" in self.store else f"{_SQLITE}{self.store}"

    @property
    def idle_seconds(self) -> float:
        """Give how long a device's connection may be idle: longer than between polls.

        Were it shorter, a poll could meet the closing of its connection.
        """
        return min(MIN_IDLE + 2 * self.poll_seconds, MAX_IDLE)

    def read_control_key(self) -> str:
        """Give the key of the control door.

        Raises:
            SettingsError: If the file cannot be read or is empty.
        """
        if self.control_key_file is None:
            return self.control_key.get_secret_value()
        name = f"{PREFIX}CONTROL_KEY_FILE"
        try:
            key = self.control_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}: {error}") from error
        if not key:
            raise SettingsError(f"{name}: {self.control_key_file} is empty")
        return key


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
