"""Bytes to MEPMD01 records, line by line; a line that breaks a rule is named.

Ids, flags and digits stay as sent. What `N` marks is missing, whatever stands there.
What cannot be read is a finding; it spoils nothing else, unless a whole file is asked
for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from ter_pipelines.formats.cmep import flags
from ter_pipelines.formats.cmep.findings import (
    LINE_END,
    NOT_USAGE,
    OTHER_PURPOSE,
    REFUSED,
    REMARKED,
    SHOWN,
    UNREADABLE_LINE,
    CmepFinding,
    LineRefusedError,
    Notes,
)
from ter_pipelines.formats.cmep.headers import (
    CmepHeader,
    check_limits,
    fields_of,
    header_of,
    split,
)
from ter_pipelines.formats.cmep.profile import SPECIFICATION, CmepProfile
from ter_pipelines.formats.cmep.readings import read_values
from ter_pipelines.formats.cmep.records import (
    TRIPLE_FIELDS,
    USAGE_PURPOSES,
    CmepReading,
    CmepRecord,
    Triple,
)
from ter_pipelines.formats.cmep.times import TimeReader
from ter_pipelines.vocab.errors import FormatError

LONGEST_LINE = 1 << 20
_CR_LF, _LF = b"\r\n", b"\n"


@dataclass(frozen=True)
class CmepLine:
    """A line that could be read.

    Args:
        record: What it says about a meter; triples that were refused are not in it.
        durations_seconds: Of each reading's interval; 0 for register readings.
        line_number: From 1.
        header: Who sent it to whom, when, and what it says of the triples.
        checksum: `H` and four digits where sent; not verified.
        findings: What was refused of it or is odd.
    """

    record: CmepRecord
    durations_seconds: tuple[int, ...]
    line_number: int
    header: CmepHeader
    checksum: str = ""
    findings: tuple[CmepFinding, ...] = ()

    @property
    def is_usage(self) -> bool:
        """Tell whether the purpose lets the values be billed."""
        return self.record.purpose in USAGE_PURPOSES

    def quality(self, reading: CmepReading) -> str:
        """Give a reading's flag in the letters of the specification."""
        return flags.quality(reading.flag, self._dialect)

    def marks(self, reading: CmepReading) -> str:
        """Give what a reading's flag tells of power that failed or came back."""
        return flags.marks(reading.flag, self._dialect)

    @property
    def _dialect(self) -> str:
        return flags.dialect_of(self.header.sender_id, self.header.version)


CmepItem = CmepLine | CmepFinding


def read_lines(
    source: BinaryIO, profile: CmepProfile = SPECIFICATION
) -> Iterator[CmepItem]:
    """Read a file as it streams in; at most a line is held.

    Args:
        source: The file, open in binary mode.
        profile: How the partner writes.

    Yields:
        A `CmepLine` for each line that can be read, with findings about its parts, and
        a `CmepFinding` for each that cannot.
    """
    has_told = False
    for number, raw in enumerate(_raw_lines(source), start=1):
        if raw.endswith(_LF) and not raw.endswith(_CR_LF) and not has_told:
            has_told = True
            reason = "got LF at the end of a line, expected CR LF; said once a file"
            yield CmepFinding(LINE_END, REMARKED, number, reason)
        yield _item(raw, number, profile)


def whole_file(items: Iterable[CmepItem], *, is_strict: bool) -> Iterator[CmepLine]:
    """Give a file's lines as long as nothing is wrong.

    Args:
        items: What `read_lines` gives.
        is_strict: Stop at what is odd, too, not only at what cannot be read.

    Raises:
        FormatError: With line number and reason, at the first such finding.
    """
    fatal = {REFUSED, REMARKED} if is_strict else {REFUSED}
    for item in items:
        for finding in findings_of(item):
            if finding.severity in fatal:
                raise FormatError(f"CMEP file, {finding}")
        if isinstance(item, CmepLine):
            yield item


def read_cmep(body: bytes, *, is_strict: bool = False) -> list[CmepLine]:
    """Read a whole file as the specification says, or refuse it.

    Args:
        body: The file.
        is_strict: Refuse also what is odd or beyond the specification's limits.

    Raises:
        FormatError: As `whole_file`.
    """
    items = read_lines(BytesIO(body), CmepProfile(has_limits=is_strict))
    return list(whole_file(items, is_strict=is_strict))


def findings_of(item: CmepItem) -> tuple[CmepFinding, ...]:
    """Give what was found, be it the item or on it."""
    return item.findings if isinstance(item, CmepLine) else (item,)


def _raw_lines(source: BinaryIO) -> Iterator[bytes]:
    """Part the file at LF; of a line that is too long only the start is kept."""
    while raw := source.readline(LONGEST_LINE + 1):
        yield raw
        while len(raw) > LONGEST_LINE and not raw.endswith(_LF):
            raw = source.readline(LONGEST_LINE + 1)


def _item(raw: bytes, number: int, profile: CmepProfile) -> CmepItem:
    notes = Notes(number)
    try:
        return _line(_without_end(raw), profile, notes)
    except LineRefusedError as error:
        start = raw[:SHOWN].decode("ascii", "replace").rstrip("\r\n")
        return CmepFinding(
            error.code, REFUSED, number, str(error), 0, notes.meter_id, start
        )


def _without_end(raw: bytes) -> bytes:
    if len(raw) > LONGEST_LINE:
        raise LineRefusedError(
            UNREADABLE_LINE,
            f"got a line of over {LONGEST_LINE} bytes, expected at most that",
        )
    if not raw.endswith(_LF):
        raise LineRefusedError(
            UNREADABLE_LINE, "got no CR LF at its end; is the file cut off?"
        )
    return raw[:-1].removesuffix(b"\r")


def _line(raw: bytes, profile: CmepProfile, notes: Notes) -> CmepLine:
    fields = fields_of(raw, notes)
    header = header_of(fields, profile.zone, notes)
    if profile.has_limits:
        check_limits(raw, fields, header.count)
    sent, checksum = split(fields, header.count)
    triples = [
        Triple(number, *sent[i : i + TRIPLE_FIELDS])
        for number, i in enumerate(range(0, len(sent), TRIPLE_FIELDS), start=1)
    ]
    times = TimeReader(header.units, header.interval, profile, notes)
    dialect = flags.dialect_of(header.sender_id, header.version)
    pairs = read_values(times.place(triples), header.units, dialect, notes)
    if header.purpose not in USAGE_PURPOSES:
        reason = (
            f"got purpose {header.purpose}, which is not billed, only OK and RESEND"
        )
        notes.add(OTHER_PURPOSE, NOT_USAGE, reason)
    return CmepLine(
        record=CmepRecord(
            meter_id=header.meter_id,
            purpose=header.purpose,
            units=header.units,
            constant=header.constant,
            interval=header.interval,
            readings=tuple(reading for _, reading in pairs),
        ),
        durations_seconds=tuple(placed.duration_seconds for placed, _ in pairs),
        line_number=notes.line_number,
        header=header,
        checksum=checksum,
        findings=tuple(notes.findings),
    )
