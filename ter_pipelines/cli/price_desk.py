"""`ter prices publish`: a day's price file taken in by hand."""

import getpass
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.cli.prices import bytes_of, day_named
from ter_pipelines.formats.price_sources import format_of
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.prices import PriceSchedule

EXIT_FOUND = 1

publishing = typer.Typer()


@publishing.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="A day's prices.", metavar="FILE")],
    *,
    day: Annotated[str, typer.Option(help="The local day, such as 2025-11-02.")],
    source: Annotated[
        str | None,
        typer.Option(
            help="Who wrote it, such as ter-json for finished prices; the rate's "
            "source where left out."
        ),
    ] = None,
) -> None:
    """Take in a day's price file, as if the price feed had it.

    What the rate puts on the prices of its source is put on. Prints what was kept as
    JSON. Exits with 1 and a reason, and keeps nothing, if the file cannot be published.
    """
    settings = read_settings()
    programme = settings.read_programme()
    book = PriceBook(programme, settings.read_rate(programme))
    operating_day = day_named(day)
    body = bytes_of(file)
    try:
        own = book.format_on(operating_day) if source is None else format_of(source)
        schedule, _ = book.require(own, body, operating_day)
    except InputError as error:
        print(f"{file}: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_FOUND) from None
    with opened_registry() as registry:
        kept = registry.land(_submission(own, body, operating_day, schedule))
    told = {
        "submission_id": kept.id,
        "operating_day": day,
        "format": kept.format,
        "sha256": kept.sha256,
        "hours": len({hour.interval_start_utc for hour in schedule.hours}),
        "components": sorted({hour.component for hour in schedule.hours}),
    }
    print(json.dumps(told))


def _submission(
    format_name: str, body: bytes, day: date, schedule: PriceSchedule
) -> NewSubmission:
    return NewSubmission(
        kind="prices",
        source="command",
        format=format_name,
        submitted_by=getpass.getuser(),
        body=body,
        received_at=datetime.now(UTC),
        operating_day=day,
        publication_day=schedule.publication_day,
    )
