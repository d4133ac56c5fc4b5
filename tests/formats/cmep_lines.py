"""Lines of CMEP files for tests: made from parts, read, and looked at."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from ter_pipelines.formats.cmep import (
    CmepFinding,
    CmepLine,
    CmepProfile,
    findings_of,
    read_lines,
)
from ter_pipelines.vocab.clock import iso_utc

DEFAULTS = {
    "version": "19970819", "sender": "NHEC", "sender_customer": "",
    "receiver": "NISCMDM", "receiver_customer": "", "made_at": "202411040605",
    "meter": "TER0001", "purpose": "OK", "commodity": "E", "units": "KWH",
    "constant": "1", "interval": "00000100",
}  # fmt: skip


def line(triples: str, **changed: str) -> str:
    """Make a line from its triples and the header fields that differ."""
    fields = {**DEFAULTS, **changed}
    assert fields.keys() == DEFAULTS.keys()
    count = len(triples.split(",")) // 3
    return f"MEPMD01,{','.join(fields.values())},{count},{triples}"


def body_of(*lines: str) -> bytes:
    """End each line with CR LF."""
    return "".join(f"{text}\r\n" for text in lines).encode("latin-1")


def read(
    body: bytes, profile: CmepProfile | None = None
) -> tuple[list[CmepLine], list[CmepFinding]]:
    """Read a file; give the lines, and every finding."""
    items = list(read_lines(BytesIO(body), profile or CmepProfile()))
    findings = [finding for item in items for finding in findings_of(item)]
    return [item for item in items if isinstance(item, CmepLine)], findings


def ends(lines: Iterable[CmepLine]) -> list[str]:
    """Give the end of every reading, to the minute in UTC."""
    return [shown(r.end_utc) for one in lines for r in one.record.readings]


def values(lines: Iterable[CmepLine]) -> list[Decimal | None]:
    """Give the measured value of every reading."""
    return [one.record.measured(r) for one in lines for r in one.record.readings]


def codes(findings: Iterable[CmepFinding]) -> list[str]:
    """Give the codes without the format's name."""
    return [finding.code.removeprefix("cmep.") for finding in findings]


def shown(instant: datetime) -> str:
    """Write an instant as `2024-11-03 05:00`."""
    return iso_utc(instant)[:16].replace("T", " ")


def hourly(stamps: Sequence[str], flag: str = "R", value: str = "1") -> str:
    """Make triples with these times."""
    return ",".join(f"{stamp},{flag},{value}" for stamp in stamps)
