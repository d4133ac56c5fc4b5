"""`ter green-button load` and `ter cmep load`: usage files into the pipeline."""

import getpass
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.formats.usage_files import Row, touched, whole_span
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.usage_files import (
    CMEP,
    GREEN_BUTTON,
    land_cmep,
    land_green_button,
    usage_rows,
)
from ter_pipelines.settings import Settings, read_settings
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.cmep_in import CmepIn
from ter_pipelines.vocab.errors import FormatError

EXIT_OK, EXIT_FOUND = 0, 1
NOT_USAGE = "cmep.other_purpose"

green_button_files = typer.Typer()
cmep_files = typer.Typer()

Feeds = Annotated[
    list[Path], typer.Argument(help="Green Button files, XML.", metavar="FILE...")
]
CmepFiles = Annotated[list[Path], typer.Argument(help="CMEP files.", metavar="FILE...")]


@dataclass(frozen=True)
class _Read:
    """A file that was read to its end."""

    path: Path
    body: bytes
    rows: Sequence[Row]

    @property
    def refused(self) -> list[Row]:
        """Give the values that should have been usage and cannot be."""
        return [r for r in self.rows if r["reason"] and r["reason"] != NOT_USAGE]


@green_button_files.command("load")
def load_green_button(files: Feeds) -> None:
    """Take Green Button files into the pipeline; prints one JSON object a file.

    If one is no whole feed, none is taken. Values that cannot be used are quarantined:
    named on stderr, and the exit code is 1. The same file again changes nothing.
    """
    written = read_settings().read_programme().cmep_in
    sys.exit(_load(_all_read(files, GREEN_BUTTON, written), GREEN_BUTTON, written))


@cmep_files.command("load")
def load_cmep(
    files: CmepFiles,
    *,
    quarantine: Annotated[
        bool,
        typer.Option(
            "--quarantine",
            help="Take a file with bad lines or values, and quarantine these.",
        ),
    ] = False,
) -> None:
    """Take CMEP files into the pipeline; prints one JSON object a file.

    If a line or a value of one cannot be used, none is taken: each is named on stderr,
    and the exit code is 1. How the files are written is in the programme, [cmep_in].
    The same file again changes nothing.
    """
    written = read_settings().read_programme().cmep_in
    read = _all_read(files, CMEP, written)
    if not quarantine and any(_named_bad(file) for file in read):
        for file in read:
            _remark_refused(file)
        _remark("ter: no file was taken; mend them, or see --quarantine")
        sys.exit(EXIT_FOUND)
    sys.exit(_load(read, CMEP, written))


def _named_bad(file: _Read) -> bool:
    """Tell whether something but a value that is said to be missing was refused."""
    return any(row["reason"] != "usage.no_new_value" for row in file.refused)


def _all_read(files: list[Path], kind: str, written: CmepIn) -> list[_Read]:
    """Read every file; end here, naming each, if some cannot be read."""
    read, broken = [], False
    for path in files:
        body = path.read_bytes()
        try:
            rows = list(usage_rows(kind, body, str(path), written))
        except FormatError as error:
            broken = True
            _remark(f"ter: {error}")
        else:
            read.append(_Read(path, body, rows))
    if broken:
        sys.exit(EXIT_FOUND)
    return read


def _load(read: list[_Read], kind: str, written: CmepIn) -> int:
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with closing(_registry(settings)) as registry:
        registry.migrate()
        for file in read:
            submission = _land(registry, file, kind, written)
            print(json.dumps(_told(file, submission)))
            _remark_refused(file)
    return EXIT_FOUND if any(file.refused for file in read) else EXIT_OK


def _registry(settings: Settings) -> Registry:
    return registry_at_hand(settings)


def _land(registry: Registry, file: _Read, kind: str, written: CmepIn) -> Submission:
    how: dict[str, Any] = {
        "source": "command",
        "submitted_by": getpass.getuser(),
        "received_at": datetime.now(UTC),
    }
    if kind == CMEP:
        return land_cmep(registry, file.body, written, **how)
    return land_green_button(registry, file.body, **how)


def _told(file: _Read, submission: Submission) -> dict[str, object]:
    span = whole_span(touched(file.rows))
    used = {row["device_id"] for row in file.rows if row["direction"]}
    return {
        "file": str(file.path),
        "submission": submission.id,
        "sha256": submission.sha256,
        "devices": sorted(used),
        "values": len(file.rows),
        "quarantined": len(file.refused),
        "begins": iso_utc(span.start_utc) if span else None,
        "ends": iso_utc(span.end_utc) if span else None,
    }


def _remark_refused(file: _Read) -> None:
    for row in file.refused:
        _remark(
            f"{file.path}: {row['reference']}: {row['reason']}: {row['explanation']}"
        )


def _remark(text: str) -> None:
    print(text, file=sys.stderr)
