"""`ter cmep`: read and check files of the California Metering Exchange Protocol."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from enum import StrEnum
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from ter_pipelines.formats.cmep import (
    REFUSED,
    CmepFinding,
    CmepItem,
    CmepLine,
    CmepProfile,
    findings_of,
    read_lines,
    whole_file,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FormatError

EXIT_FOUND = 1
_HELD_IN_MEMORY = 1 << 20


class Stamps(StrEnum):
    """Which end of its interval a triple's time is."""

    END = "end"
    START = "start"


class RepeatedHour(StrEnum):
    """What becomes of local times that autumn repeats."""

    ORDER = "order"
    REFUSE = "refuse"


Files = Annotated[list[Path], typer.Argument(help="CMEP files.", metavar="FILE")]
Zone = Annotated[
    str, typer.Option(help="IANA zone of the times, such as America/New_York.")
]
StampsOption = Annotated[
    Stamps, typer.Option(help="Which end of its interval a time is.")
]
RepeatedHourOption = Annotated[
    RepeatedHour,
    typer.Option(help="Local times autumn repeats: told by their order, or refused."),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Refuse a file at its first departure from the specification.",
    ),
]
cmep = typer.Typer(no_args_is_help=True, help="Read and check CMEP files of usage.")


@cmep.command("read")
def read(
    files: Files,
    *,
    zone: Zone = "UTC",
    stamps: StampsOption = Stamps.END,
    repeated_hour: RepeatedHourOption = RepeatedHour.ORDER,
    strict: Strict = False,
) -> None:
    """Print every value, one JSON object each; findings go to stderr.

    A missing value (flag N) is null. Purposes other than OK and RESEND are not usage.
    Exits with 1 if a line or a value was refused; with --strict nothing of such a file
    is printed.
    """
    profile = _profile(zone, stamps, repeated_hour, has_limits=strict)
    show = _print_if_whole if strict else _print_what_can_be_read
    is_refused = [
        show(path, profile, {"file": str(path)} if len(files) > 1 else {})
        for path in files
    ]
    if any(is_refused):
        raise typer.Exit(EXIT_FOUND)


@cmep.command("check")
def check(
    files: Files,
    *,
    zone: Zone = "UTC",
    stamps: StampsOption = Stamps.END,
    repeated_hour: RepeatedHourOption = RepeatedHour.ORDER,
    strict: Strict = False,
) -> None:
    """Print everything found, one JSON object each with line number and reason.

    `severity` is refused (not read), remarked (read, but odd) or not_usage. Exits with
    1 if anything was found. With --strict the limits on lines and counts hold, too.
    """
    profile = _profile(zone, stamps, repeated_hour, has_limits=strict)
    is_found = False
    for path in files:
        named = {"file": str(path)} if len(files) > 1 else {}
        for item in _items(path, profile):
            for finding in findings_of(item):
                is_found = True
                print(json.dumps(named | _shown(finding)))
    if is_found:
        raise typer.Exit(EXIT_FOUND)


def _print_what_can_be_read(
    path: Path, profile: CmepProfile, named: Mapping[str, str]
) -> bool:
    """Print the values of a file; tell whether any was refused."""
    is_refused = False
    for item in _items(path, profile):
        for finding in findings_of(item):
            is_refused |= finding.severity == REFUSED
            print(f"{path}: {finding}", file=sys.stderr)
        if isinstance(item, CmepLine):
            _print_values(item, named, sys.stdout)
    return is_refused


def _print_if_whole(path: Path, profile: CmepProfile, named: Mapping[str, str]) -> bool:
    """Print the values of a file once it is read to its end; tell if it was refused."""
    with SpooledTemporaryFile(_HELD_IN_MEMORY, "w+", encoding="ascii") as held:
        try:
            for line in whole_file(_items(path, profile), is_strict=True):
                _print_values(line, named, held)
        except FormatError as error:
            print(f"{path}: {error}", file=sys.stderr)
            return True
        held.seek(0)
        shutil.copyfileobj(held, sys.stdout)
    return False


def _items(path: Path, profile: CmepProfile) -> Iterator[CmepItem]:
    with path.open("rb") as source:
        yield from read_lines(source, profile)


def _print_values(line: CmepLine, named: Mapping[str, str], out: IO[str]) -> None:
    record, header = line.record, line.header
    for reading, seconds in zip(record.readings, line.durations_seconds, strict=True):
        value = record.measured(reading)
        told = {
            **named,
            "line": line.line_number,
            "meter_id": record.meter_id,
            "units": record.units,
            "interval_end_utc": iso_utc(reading.end_utc),
            "duration_seconds": seconds,
            "value": None if value is None else format(value, "f"),
            "flag": reading.flag,
            "purpose": record.purpose,
            "sender_id": header.sender_id,
            "receiver_id": header.receiver_id,
        }
        print(json.dumps(told), file=out)


def _shown(finding: CmepFinding) -> dict[str, str | int]:
    return {
        "line": finding.line_number,
        "triple": finding.triple,
        "code": finding.code,
        "severity": finding.severity,
        "meter_id": finding.meter_id,
        "reason": finding.reason,
        "sent": finding.sent,
    }


def _profile(
    zone: str, stamps: Stamps, repeated_hour: RepeatedHour, *, has_limits: bool
) -> CmepProfile:
    try:
        known: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(
            f"got {zone!r}, expected an IANA zone such as America/New_York",
            param_hint="--zone",
        ) from None
    return CmepProfile(
        zone=known,
        is_start_stamped=stamps is Stamps.START,
        refuses_repeated_hour=repeated_hour is RepeatedHour.REFUSE,
        has_limits=has_limits,
    )
