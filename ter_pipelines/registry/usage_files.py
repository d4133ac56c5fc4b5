"""Usage files in the registry: kept whole, with the time they are about.

A file that cannot be read is refused before anything of it is kept.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ter_pipelines.formats.cmep import CmepProfile
from ter_pipelines.formats.usage_files import (
    Row,
    cmep_rows,
    green_button_rows,
    touched,
    whole_span,
)
from ter_pipelines.registry.submissions import Kind, NewSubmission, Submission
from ter_pipelines.vocab.cmep_in import REFUSE, START, CmepIn

GREEN_BUTTON: Kind = "green-button"
CMEP: Kind = "cmep"
_FORMATS = {GREEN_BUTTON: "espi-xml", CMEP: "mepmd01-txt"}


class Landing(Protocol):
    """Where submissions are kept; the registry is one."""

    def land(self, new: NewSubmission) -> Submission:
        """Keep a submission."""


def profile_of(written: CmepIn) -> CmepProfile:
    """Give how the partner's CMEP files are written, as their reader takes it."""
    return CmepProfile(
        zone=written.zone,
        is_start_stamped=written.stamps == START,
        refuses_repeated_hour=written.repeated_hour == REFUSE,
    )


def usage_rows(kind: str, body: bytes, name: str, written: CmepIn) -> Iterator[Row]:
    """Read a usage file of either kind.

    Args:
        kind: `green-button` or `cmep`.
        body: The file.
        name: How errors call it.
        written: How CMEP files are written.

    Raises:
        FormatError: If it is no whole feed, or nothing of it can be read.
    """
    if kind == CMEP:
        return cmep_rows(body, profile_of(written), name)
    return green_button_rows(body, name)


def land_green_button(
    registry: Landing,
    body: bytes,
    *,
    source: str,
    submitted_by: str,
    received_at: datetime,
) -> Submission:
    """Keep a Green Button file; one that was kept before changes nothing.

    Raises:
        FormatError: If it is no whole feed; nothing is kept then.
    """
    rows = green_button_rows(body, source)
    new = _new(GREEN_BUTTON, body, rows, "", (source, submitted_by, received_at))
    return registry.land(new)


def land_cmep(
    registry: Landing,
    body: bytes,
    written: CmepIn,
    *,
    source: str,
    submitted_by: str,
    received_at: datetime,
) -> Submission:
    """Keep a CMEP file; one that was kept before changes nothing.

    Raises:
        FormatError: If no line of it can be read; nothing is kept then.
    """
    rows = cmep_rows(body, profile_of(written), source)
    come = (source, submitted_by, received_at)
    return registry.land(_new(CMEP, body, rows, written.digest, come))


def _new(
    kind: Kind,
    body: bytes,
    rows: Iterator[Row],
    read_as: str,
    come: tuple[str, str, datetime],
) -> NewSubmission:
    spans = touched(rows)
    span = whole_span(spans)
    source, submitted_by, received_at = come
    return NewSubmission(
        kind=kind,
        source=source,
        format=_FORMATS[kind],
        submitted_by=submitted_by,
        body=body,
        received_at=received_at,
        begins_at=span.start_utc if span else None,
        ends_at=span.end_utc if span else None,
        touched=tuple(spans),
        read_as=read_as,
    )
