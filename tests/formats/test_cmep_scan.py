"""Our own files read back as columns say what the reader of partners' files says."""

from datetime import UTC, date
from io import BytesIO
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ter_pipelines.formats.cmep import CmepLine, CmepProfile, read_lines, scan_file
from ter_pipelines.vocab.cmep_out import CmepFlags, CmepOut
from ter_pipelines.vocab.errors import FormatError
from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    CLOCKS_FORWARD,
    hour,
    meters_of,
    starts_of,
    worked_day,
    write,
)

NEW_YORK = ZoneInfo("America/New_York")
PROFILES = {
    "as specified": CmepOut(),
    "compact": CmepOut(times="compact", max_triples=7),
    "local": CmepOut(zone=NEW_YORK, repeated_hour="order"),
    "checked": CmepOut(trailing_crc="crc16arc", registers="closing"),
    "empty field": CmepOut(trailing_crc="empty", registers="none"),
    "nisc": CmepOut(flags=CmepFlags(valid="A", missing="N0"), max_triples=96),
}


def scanned(body: bytes, zone: ZoneInfo | None = None) -> pl.DataFrame:
    return pl.concat(scan_file(BytesIO(body), zone or UTC))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("day", [CLOCKS_FORWARD, CLOCKS_BACK])
def test_a_file_reads_back_as_the_reader_has_it(profile: CmepOut, day: date) -> None:
    days = starts_of(day)
    hours = {start: hour("1.25") for start in days[0]}
    hours[days[0][3]] = hour("0", heard=0, missing=3600)
    body = write(meters_of({"M1": hours, "M2": hours}), days, profile)

    said = scanned(body, profile.zone)

    items = read_lines(BytesIO(body), CmepProfile(zone=profile.zone or UTC))
    expected = [
        (line.record.meter_id, line.record.units, r.end_utc, r.flag, r.value)
        for line in items
        if isinstance(line, CmepLine)
        for r in line.record.readings
    ]
    assert said.rows() == expected


def test_an_empty_file_says_nothing() -> None:
    assert list(scan_file(BytesIO(b""), UTC)) == []


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"\r\n", b"\n"),
        (b",25,", b",24,"),
        (b"1.250", b"1.25O"),
        (b"202411030500", b"202411032400"),
        (b"1.100", b"1.100,"),
        (b"TER0001", "TÉR0001".encode()),
        (b",25,", b",,"),
    ],
)
def test_what_we_do_not_write_is_refused(found: bytes, put: bytes) -> None:
    body = write(meters_of({"TER0001": worked_day()}), starts_of(CLOCKS_BACK))

    with pytest.raises(FormatError, match="CMEP file"):
        scanned(body.replace(found, put, 1) if found != b"\r\n" else body[:-2])
