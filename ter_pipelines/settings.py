"""Settings: one frozen value, read once, from the environment.

`read_settings` names every wrong or missing variable at once. No other module reads
the environment. Secrets are files in the home folder or variables, never defaults.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    SecretStr,
    ValidationError,
)

from ter_pipelines.accounts.market import NO_MARKET, Market
from ter_pipelines.accounts.market_file import parse_market
from ter_pipelines.formats.price_sources import own_readers
from ter_pipelines.vocab.custodian import Custodian, parse_custodian
from ter_pipelines.vocab.errors import FieldError, SettingsError
from ter_pipelines.vocab.mdm import MdmPartner, parse_mdm
from ter_pipelines.vocab.plain_rate import find_misfits, plain_rate
from ter_pipelines.vocab.programme import Programme, parse_programme
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.rate_file import parse_rate

PREFIX = "TER_"
Partner = TypeVar("Partner", covariant=True)


class Settings(BaseModel):
    """Where things are and how the processes find each other.

    Args:
        home: Folder of everything this installation keeps.
        programme: TOML file of the programme.
        rate: TOML file of the rate that months are billed by; empty for the
            programme's prices and nothing else.
        registry_url: SQLAlchemy URL of the registry; SQLite in the home by default.
        dagster_port: Of the Dagster UI; 0 for any free one, as for the others.
        api_port: Of the partners' and people's door.
        vtn_port: Of the devices' door.
        vtn_control_port: Of the pipeline's door to the VTN.
        vtn_control_url: Where the pipeline finds that door; `ter up` sets it.
        vtn_poll_seconds: How often devices are asked to poll.
        vtn_control_key: Key of that door; by default the file `secrets/vtn_control_key`
            in the home folder, which `ter up` makes.
        price_feed_url: Day-ahead price file; `{yyyymmdd}` stands for the day. Empty
            means that prices only arrive by POST.
        share_my_data: TOML file of the data custodian whose usage is fetched; empty
            if there is none.
        mdm: TOML file of the meter-data system that our files are delivered to; empty
            if there is none.
        register_maps: Folder of register maps of one's own, for meters over Modbus;
            empty if there are none.
        market: TOML file of the load zones, utilities and rates that retail accounts
            are checked and priced by; empty if there are no accounts.
        month_quiet_seconds: A month past its closing date is settled once nothing
            has arrived for this long.
        registration: `open` if strangers may make themselves members over the API.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path(".ter")
    programme: Path = Path("examples/programme.toml")
    rate: str = ""
    registry_url: str = ""
    dagster_port: int = 3000
    api_port: int = 8000
    vtn_port: int = 8080
    vtn_control_port: int = 8081
    vtn_control_url: str = "http://127.0.0.1:8081"
    vtn_poll_seconds: int = 10
    vtn_control_key: SecretStr = SecretStr("")
    price_feed_url: str = ""
    share_my_data: str = ""
    mdm: str = ""
    register_maps: str = ""
    market: str = ""
    month_quiet_seconds: int = 600
    query_memory_mb: NonNegativeInt = 0
    registration: Literal["closed", "open"] = "closed"

    @property
    def lake_root(self) -> Path:
        """Give the folder of the lake."""
        return self.home / "data"

    @property
    def landing_root(self) -> Path:
        """Give the folder of submissions as received."""
        return self.home / "landing"

    @property
    def registry_address(self) -> str:
        """Give the registry's SQLAlchemy URL."""
        return self.registry_url or f"sqlite:///{self.home.absolute()}/registry.sqlite"

    @property
    def vtn_key_file(self) -> Path:
        """Give the file that holds the control key unless the variable does."""
        return self.home / "secrets" / "vtn_control_key"

    def child_environ(self) -> dict[str, str]:
        """Give the environment of a process that shall have the same settings."""
        own = self.model_dump(exclude={"vtn_control_key"})
        own |= {"home": self.home.absolute(), "programme": self.programme.absolute()}
        for name in ("rate", "share_my_data", "mdm", "register_maps", "market"):
            own[name] = Path(own[name]).absolute() if own[name] else ""
        given = {f"{PREFIX}{name.upper()}": str(value) for name, value in own.items()}
        return {**os.environ, **given}

    def read_vtn_key(self) -> str:
        """Give the VTN's control key.

        Raises:
            SettingsError: If neither the variable nor the file has one.
        """
        key = self.vtn_control_key.get_secret_value()
        if not key and self.vtn_key_file.is_file():
            key = self.vtn_key_file.read_text().strip()
        if not key:
            raise SettingsError(
                f"No VTN control key: set {PREFIX}VTN_CONTROL_KEY, or write the key to "
                f"{self.vtn_key_file}; `ter up` does the latter."
            )
        return key

    @property
    def own_register_maps(self) -> Path | None:
        """Give the folder of register maps of one's own; None if there is none."""
        return Path(self.register_maps) if self.register_maps else None

    def read_programme(self) -> Programme:
        """Read the programme file.

        Raises:
            SettingsError: If the file is missing.
            FieldError: If it is wrong, with a message per field.
        """
        if not self.programme.is_file():
            raise SettingsError(
                f"Programme file {self.programme} does not exist; set "
                f"{PREFIX}PROGRAMME to a file like examples/programme.toml."
            )
        return parse_programme(self.programme.read_text(), subject=str(self.programme))

    def read_rate(self, programme: Programme) -> Rate:
        """Read the rate that months are billed by.

        Raises:
            SettingsError: If the file cannot be read.
            FieldError: If it is wrong, or contradicts the programme, with a message
                per field.
        """
        if not self.rate:
            return plain_rate(programme)
        try:
            body = Path(self.rate).read_bytes()
        except OSError as error:
            raise SettingsError(
                f"{PREFIX}RATE: {self.rate} cannot be read ({error.strerror}); set it "
                "to a file like examples/rate.toml, or leave it unset."
            ) from error
        folder = Path(self.rate).absolute().parent
        rate = parse_rate(body, subject=self.rate, folder=folder)
        if wrong := find_misfits(rate, programme):
            raise FieldError(f"{PREFIX}RATE, {self.rate}", wrong)
        own_readers(rate)
        return rate

    def read_share_my_data(self) -> Custodian | None:
        """Read the file of the data custodian; None if none is set.

        Raises:
            SettingsError: If the file cannot be read.
            FieldError: If it is wrong, with a message per field.
        """
        return _read_partner("share_my_data", self.share_my_data, parse_custodian)

    def read_mdm(self) -> MdmPartner | None:
        """Read the file of the meter-data system; None if none is set.

        Raises:
            SettingsError: If the file cannot be read.
            FieldError: If it is wrong, with a message per field.
        """
        return _read_partner("mdm", self.mdm, parse_mdm)

    def read_market(self) -> Market:
        """Read the file of the accounts' market; one without anything if none is set.

        Raises:
            SettingsError: If the file cannot be read.
            FieldError: If it is wrong, with a message per field.
        """
        return _read_partner("market", self.market, parse_market) or NO_MARKET


class _Parse(Protocol[Partner]):
    def __call__(self, text: str, *, folder: Path, subject: str) -> Partner: ...


def _read_partner(name: str, named: str, parse: _Parse[Partner]) -> Partner | None:
    if not named:
        return None
    file = Path(named)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{PREFIX}{name.upper()}: {file} cannot be read ({error}); set it to a "
            f"file like examples/{name.replace('_', '-')}.toml, or leave it unset."
        ) from error
    return parse(text, folder=file.absolute().parent, subject=str(file))


def devices_scheme(environ: Mapping[str, str]) -> str:
    """Give how devices call a VTN that is started in an environment."""
    return "https" if environ.get("VTN_TLS_CERT_FILE", "").strip() else "http"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environ: Variables to read instead of the process's own.

    Raises:
        SettingsError: Naming every variable that is wrong or unknown.
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
            for e in error.errors()
        )
        raise SettingsError(f"{wrong}; see README, section Settings.") from error
