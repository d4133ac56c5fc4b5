"""`ter account` and `ter shadow-prices`: retail accounts, and what their hours cost."""

import getpass
import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ter_pipelines.accounts.bodies import read_metered_hours
from ter_pipelines.accounts.body_fields import day as read_day
from ter_pipelines.accounts.rules import find_tag_gaps
from ter_pipelines.cli.account_desk import json_of, open_accounts, shown
from ter_pipelines.formats.price_files import MAX_CSV_BYTES
from ter_pipelines.vocab.clock import DAY, operating_day_of
from ter_pipelines.vocab.errors import FieldError, FormatError, InputError

EXIT_FOUND = 1

account = typer.Typer(
    no_args_is_help=True,
    help="Retail accounts: keep them, show them, take their usage and prices in.",
)
shadow_prices = typer.Typer()

AccountId = Annotated[
    int,
    typer.Argument(help="Its id, as `ter account load` prints it.", metavar="ACCOUNT"),
]
File = Annotated[Path, typer.Argument(help="JSON file.", metavar="FILE")]


@account.command("load")
def load(
    file: File,
    *,
    change: Annotated[
        int | None, typer.Option(help="Change the account of this id.", metavar="ID")
    ] = None,
) -> None:
    """Keep accounts, `{"account": {...}}` or a list of these; all of them or none.

    A utility's account of the same number is changed: what the file does not name
    stays, a list takes the place of the one before, and the same again changes
    nothing. `{"account": {"status": "inactive"}}` with --change de-activates one.
    Prints each as JSON. Exits with 1, and names every field, if something is wrong.
    """
    with open_accounts() as desk:
        try:
            wanted = desk.read_file(json_of(file), change)
            kept = [desk.keep(each) for each in wanted]
        except (FieldError, FormatError) as error:
            _refuse(file, error)
        for stored in kept:
            _print(desk.answers.told(stored))
            for finding in find_tag_gaps(stored.account, f"account {stored.id}"):
                _remark(f"ter: {finding}")


@account.command("show")
def show(
    account_id: AccountId,
    *,
    versions: Annotated[
        bool, typer.Option("--versions", help="Every version, who made it and when.")
    ] = False,
) -> None:
    """Print an account as JSON: what is kept, its state, its newest period's price."""
    with open_accounts() as desk:
        if not versions:
            _print(desk.answers.told(desk.book.read(account_id)))
            return
        desk.book.read(account_id)
        for stored in desk.book.versions(account_id):
            made = {"made_at": stored.made_at, "made_by": stored.made_by}
            _print({"version": stored.version, **made, **stored.account.to_body()})


@account.command("usage")
def usage(account_id: AccountId, file: File) -> None:
    """Take measured hours of an account in; prints each with its id.

    The file is `{"interval_usages": [{"recorded_on", "hour", "volume_kwh"}, ...]}`. An
    hour that was sent before is replaced; the same value again changes nothing. Exits
    with 1, and takes none, if an hour is wrong.
    """
    with open_accounts() as desk:
        try:
            hours = read_metered_hours(json_of(file), desk.programme.zone)
        except (FieldError, FormatError) as error:
            _refuse(file, error)
        for stored in desk.book.add_hours(account_id, hours, getpass.getuser()):
            _print({"id": stored.id, **vars(stored.hour)})


@account.command("prices")
def prices(
    file: Annotated[Path, typer.Argument(help="A day's prices.", metavar="FILE")],
    *,
    source: Annotated[
        str, typer.Option(help="Who wrote it, as a load zone's `lmp_source` says.")
    ],
) -> None:
    """Take a day's hourly prices of load zones in; prints which zones it has.

    Exits with 1 and a reason, and takes nothing, if it is not a whole day of at least
    one of the market's load zones.
    """
    with open_accounts() as desk, file.open("rb") as opened:
        body = opened.read(MAX_CSV_BYTES + 1)
        try:
            landed, zones, lacking = desk.land_prices(body, source)
        except InputError as error:
            _refuse(file, error)
        day = str(landed.operating_day)
        _print({"submission": landed.id, "operating_day": day, "load_zones": zones})
        for reason in lacking:
            _remark(f"{file}: {reason}")


@shadow_prices.command("shadow-prices")
def print_shadow_prices(
    account_id: AccountId,
    day: Annotated[
        str, typer.Argument(help="Local day such as 2025-11-3.", metavar="DATE")
    ] = "",
) -> None:
    """Print an account's hours of a day with their prices, one JSON object each.

    The day is yesterday if unsaid; it has 23, 24 or 25 hours. Prices are per MWh, and
    the total is made from unrounded parts. Exits with 1 if no hour is priced.
    """
    with open_accounts() as desk:
        today = operating_day_of(datetime.now(UTC), desk.programme.zone)
        wanted = _day(day) if day else today - DAY
        hours = desk.answers.shadow_prices(account_id, wanted)
    for hour in hours:
        _print(hour)
    if not hours:
        _remark(
            f"ter: account {account_id} has no priced hours on {wanted}; the job "
            "price_accounts says what is lacking"
        )
        raise typer.Exit(EXIT_FOUND)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise typer.BadParameter(
            f"got {text!r}, expected a day such as 2025-11-3", param_hint="DATE"
        ) from None


def _refuse(file: Path, error: InputError) -> NoReturn:
    if isinstance(error, FieldError):
        for field, messages in error.fields.items():
            _remark(f"{file}: {field}: {' '.join(messages)}")
    else:
        _remark(f"{file}: {error}")
    raise typer.Exit(EXIT_FOUND)


def _print(told: Mapping[str, Any]) -> None:
    print(json.dumps(told, default=shown))


def _remark(text: str) -> None:
    print(text, file=sys.stderr)
