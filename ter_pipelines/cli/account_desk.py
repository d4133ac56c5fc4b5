"""What `ter account` works on: the registry's accounts, the market, the lake."""

import getpass
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from ter_pipelines.account_answers import AccountAnswers
from ter_pipelines.account_prices import lmp_of
from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.bodies import read_change, read_new_account
from ter_pipelines.accounts.market import Market
from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.registry.account_rows import StoredAccount
from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import ZONE_PRICES, NewSubmission, Submission
from ter_pipelines.settings import PREFIX, read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FieldError, InputError, SettingsError
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.strict_json import parse_json
from ter_pipelines.vocab.units import plain

MOST_BYTES = 20_000_000
Wanted = tuple[StoredAccount | None, Account]


@dataclass(frozen=True)
class AccountDesk:
    """Reads and keeps accounts."""

    registry: Registry
    lake: Lake
    programme: Programme
    market: Market

    @property
    def book(self) -> AccountBook:
        """Give the registry's accounts."""
        return self.registry.accounts

    def require_market(self) -> None:
        """Refuse to go on without a market.

        Raises:
            SettingsError: If none is set.
        """
        if not self.market.is_set:
            raise SettingsError(
                f"No market: set {PREFIX}MARKET to a file like examples/market.toml."
            )

    def read_file(self, body: object, change_of: int | None) -> list[Wanted]:
        """Read the accounts of a file, each with its version before, if it has one.

        Args:
            body: One `{"account": {...}}`, or a list of these.
            change_of: The account that it changes; None to go by utility and number.

        Raises:
            FieldError: With a message for every field that is wrong; those of the
                second account of a list begin with `[1].`.
        """
        self.require_market()
        if change_of is not None:
            before = self.book.read(change_of)
            return [(before, read_change(body, before.account, self.market))]
        bodies = body if isinstance(body, list) else [body]
        wanted: list[Wanted] = []
        errors: dict[str, list[str]] = {}
        for i, each in enumerate(bodies):
            try:
                wanted.append(self._read_one(each))
            except FieldError as error:
                place = f"[{i}]." if isinstance(body, list) else ""
                errors |= {f"{place}{name}": e for name, e in error.fields.items()}
        errors |= _repeated(wanted) if not errors else {}
        if errors:
            raise FieldError("account", errors)
        return wanted

    def keep(self, wanted: Wanted) -> StoredAccount:
        """Keep an account: a new one, or another version."""
        before, account = wanted
        if before is None:
            return self.book.create(account, getpass.getuser())
        return self.book.change(before, account, getpass.getuser())

    @property
    def answers(self) -> AccountAnswers:
        """Give what tells of the accounts."""
        return AccountAnswers(self.book, self.lake, self.market, self.programme.zone)

    def land_prices(
        self, body: bytes, source: str
    ) -> tuple[Submission, list[str], list[str]]:
        """Keep a file of hourly prices.

        Returns:
            What was kept, the load zones that the file has, and why it does not have
            the others of its source.

        Raises:
            InputError: If it has a whole day of no load zone.
        """
        self.require_market()
        days: dict[date, list[str]] = {}
        reasons = []
        for zone in self.market.load_zones.values():
            if zone.lmp_source != source:
                continue
            try:
                day, _ = lmp_of(body, zone, self.market, self.programme.zone)
            except InputError as error:
                reasons.append(f"{zone.name}: {error}")
            else:
                days.setdefault(day, []).append(zone.name)
        if len(days) != 1:
            why = "; ".join(reasons) or f"got days {sorted(map(str, days))}"
            none = f"no load zone of the market has the source {source!r}"
            raise InputError(f"prices: {why if reasons or days else none}")
        ((day, names),) = days.items()
        return self.registry.land(_submission(body, source, day)), names, reasons

    def _read_one(self, body: object) -> Wanted:
        """Read an account that is new, or a change of the one of its number."""
        named = body.get("account") if isinstance(body, Mapping) else None
        if isinstance(named, Mapping):
            keys = named.get("utility"), named.get("account_number")
            if isinstance(keys[0], str) and isinstance(keys[1], str):
                before = self.book.find(keys[0].strip(), keys[1].strip())
                if before is not None:
                    return before, read_change(body, before.account, self.market)
        return None, read_new_account(body, self.market)


@contextmanager
def open_accounts() -> Iterator[AccountDesk]:
    """Open the registry and the lake of this installation."""
    settings = read_settings()
    programme, market = settings.read_programme(), settings.read_market()
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = registry_at_hand(settings)
    try:
        registry.migrate()
        yield AccountDesk(registry, Lake(settings.lake_root), programme, market)
    finally:
        registry.close()


def json_of(file: Path) -> object:
    """Read a file of JSON, and no more of it than may be.

    Raises:
        FormatError: If it is none, or too long.
    """
    with file.open("rb") as opened:
        return parse_json(opened.read(MOST_BYTES + 1), max_bytes=MOST_BYTES)


def shown(value: object) -> object:
    """Give a value of an answer as JSON has it; decimals are text, so exact."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso_utc(value)
    return str(value)


def _submission(body: bytes, source: str, day: date) -> NewSubmission:
    return NewSubmission(
        kind=ZONE_PRICES,
        source="command",
        format=source,
        submitted_by=getpass.getuser(),
        body=body,
        received_at=datetime.now(UTC),
        operating_day=day,
    )


def _repeated(wanted: Sequence[Wanted]) -> dict[str, list[str]]:
    seen: set[tuple[str, str]] = set()
    errors = {}
    for i, (_, account) in enumerate(wanted):
        key = account.utility, account.account_number
        if key in seen:
            errors[f"[{i}].account_number"] = ["is given more than once"]
        seen.add(key)
    return errors
