"""`ter share-my-data`: try, ask and hear the data custodian."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.cli.listening import choose_door, serve_notices
from ter_pipelines.cli.registration import registration_steps
from ter_pipelines.formats.espi_custodian import ONLINE
from ter_pipelines.metering.notices import FETCHED, REPEATED
from ter_pipelines.noticed import newest_notice, noticed
from ter_pipelines.registry.submissions import NOTICE
from ter_pipelines.registry.usage_files import land_green_button
from ter_pipelines.resources.own_certificate import LEAST_DAYS_LEFT, valid_until
from ter_pipelines.resources.share_my_data import Requested, ShareMyData
from ter_pipelines.settings import Settings, read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import DAY, iso_utc, operating_day_of
from ter_pipelines.vocab.errors import InputError

EXIT_FOUND = 1
share_my_data = typer.Typer(
    no_args_is_help=True, help="Share My Data: usage from a utility, on request."
)


@share_my_data.command("test")
def try_all(
    *,
    registration_only: Annotated[
        bool,
        typer.Option(
            "--registration-only",
            help="Stop after the sample data, as long as we are not approved.",
        ),
    ] = False,
) -> None:
    """Try every way we call the data custodian, as its registration test wants it.

    One JSON object a step: what was tried, whether it went well, what was got and
    what to do. Ends with a real request for the latest usage. Exits with 1 if a step
    failed.
    """
    client = _client(read_settings())
    steps = registration_steps(client, with_data=not registration_only)
    failed = [step for step in steps if not _printed(asdict(step))]
    if failed:
        raise typer.Exit(EXIT_FOUND)


@share_my_data.command("status")
def status() -> None:
    """Tell whether the custodian is online, and what its notifications came to.

    Exits with 1 if it is not online, our certificate ends within two weeks, or
    something it announced is not fetched.
    """
    settings = read_settings()
    client = _client(settings)
    until = valid_until(client.custodian.certificate_file)
    lake = Lake(settings.lake_root)
    states = Counter(resource.state for resource in noticed(lake))
    days_left = (until - datetime.now(UTC)) // DAY
    is_online = client.service_status() == ONLINE
    _printed(
        {
            "is_online": is_online,
            "certificate_until": iso_utc(until),
            "certificate_days_left": days_left,
            "unread_notices": _count_unread(settings, lake),
            "resources": dict(sorted(states.items())),
        }
    )
    is_well = is_online and days_left >= LEAST_DAYS_LEFT
    if not is_well or set(states) - {FETCHED, REPEATED}:
        raise typer.Exit(EXIT_FOUND)


@share_my_data.command("request")
def request(
    *,
    latest: Annotated[
        bool, typer.Option("--latest", help="Ask for the latest usage.")
    ] = False,
    day: Annotated[
        str, typer.Option("--date", help="Ask for one local day, such as 2025-11-02.")
    ] = "",
    first: Annotated[
        str, typer.Option("--from", help="Ask from this local day on, with --to.")
    ] = "",
    last: Annotated[
        str, typer.Option("--to", help="Last local day of --from, included.")
    ] = "",
    days: Annotated[
        int, typer.Option(help="Ask for so many local days up to yesterday.")
    ] = 0,
) -> None:
    """Ask for usage; it comes by a notification, or at once where the answer has it.

    Long ranges are asked for in windows of whole days, one JSON object each.
    """
    settings = read_settings()
    client = _client(settings)
    asked = [latest, bool(day), bool(first or last), days != 0]
    if sum(asked) != 1 or bool(first) != bool(last):
        raise InputError(
            "request: expected one of --latest, --date, --from with --to, or --days"
        )
    if latest:
        found = iter([client.request_latest()])
    elif day:
        found = iter([client.request_date(_day(day))])
    elif first:
        found = client.request_range(_day(first), _day(last))
    else:
        today = operating_day_of(datetime.now(UTC), settings.read_programme().zone)
        found = client.request_history(days, today=today)
    _print_requested(settings, found)


@share_my_data.command("listen")
def listen(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 for a free one.", min=0, max=65535)
    ] = None,
    path: Annotated[
        str | None, typer.Option(help="Path notifications are posted to.")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="Certificate chain the door shows, PEM.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Authorities; callers must show a certificate.")
    ] = None,
) -> None:
    """Take the custodian's notifications over HTTPS, until told to stop.

    What is not given here is taken from the table [listener] of the file that
    TER_SHARE_MY_DATA names.
    """
    settings = read_settings()
    given = {
        "host": host,
        "port": port,
        "path": path,
        "certificate_file": cert,
        "key_file": key,
        "client_ca_file": client_ca,
    }
    serve_notices(settings, choose_door(_client(settings).custodian, given))


def _client(settings: Settings) -> ShareMyData:
    """Give the client; say what to set if there is no custodian."""
    client = ShareMyData(settings.read_share_my_data(), settings.read_programme().zone)
    client.custodian  # noqa: B018 - raises if it is not set
    return client


def _print_requested(settings: Settings, found: Iterator[Requested]) -> None:
    for requested in found:
        window = requested.window
        told: dict[str, object] = {
            "published_min": iso_utc(window.start_utc) if window else None,
            "published_max": iso_utc(window.end_utc) if window else None,
            "state": "ACCEPTED",
        }
        if requested.body is not None:
            told |= {"state": "LANDED", "submission": _land(settings, requested.body)}
        _printed(told)


def _land(settings: Settings, body: bytes) -> int:
    registry = registry_at_hand(settings)
    with closing(registry):
        registry.migrate()
        return land_green_button(
            registry,
            body,
            source="share-my-data",
            submitted_by="ter share-my-data request",
            received_at=datetime.now(UTC),
        ).id


def _count_unread(settings: Settings, lake: Lake) -> int:
    registry = registry_at_hand(settings)
    with closing(registry):
        registry.migrate()
        return len(registry.submissions(NOTICE, after_id=newest_notice(lake)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"request: got day {text!r}, expected one such as 2025-11-02"
        ) from error


def _printed(told: dict[str, object]) -> bool:
    """Print one JSON object at once; tell whether it says that all is well."""
    print(json.dumps(told), flush=True)
    return bool(told.get("is_ok", True))
