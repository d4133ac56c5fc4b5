"""CMEP times: starts and ends, UTC and local, given and left out, what they cover."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.cmep import (
    CmepProfile,
    CmepReading,
    CmepRecord,
)
from ter_pipelines.vocab.clock import day_span
from tests.formats.cmep_lines import body_of, codes, ends, hourly, line, read
from tests.formats.plain_cmep import write_records

NEW_YORK = ZoneInfo("America/New_York")
LOCAL = CmepProfile(zone=NEW_YORK)
STARTS = CmepProfile(is_start_stamped=True)
QUARTER = timedelta(minutes=15)
CLOCKS_BACK, CLOCKS_FORWARD = date(2024, 11, 3), date(2024, 3, 10)
DAYS = [CLOCKS_FORWARD, date(2024, 7, 1), CLOCKS_BACK]


def in_form(body: bytes, *, profile: CmepProfile, is_compact: bool) -> bytes:
    """Write what the writer wrote in another form of time."""
    lines = []
    for text in body.decode().splitlines():
        fields = text.split(",")
        is_shifted = profile.is_start_stamped and not fields[10].endswith("REG")
        for i in [6, *range(14, len(fields), 3)]:
            instant = datetime.strptime(f"{fields[i]}+0000", "%Y%m%d%H%M%z")
            shift = QUARTER if is_shifted and i != 6 else timedelta(0)
            fields[i] = f"{(instant - shift).astimezone(profile.zone):%Y%m%d%H%M}"
            if is_compact and i > 14:
                fields[i] = ""
        lines.append(",".join(fields))
    return body_of(*lines)


@st.composite
def days_of_quarters(draw: st.DrawFn) -> CmepRecord:
    span = day_span(draw(st.sampled_from(DAYS)), NEW_YORK)
    value = st.decimals(min_value=0, max_value=10**6, places=3)
    flags = st.sampled_from(["", "R", "E", "A"])
    readings = []
    for i in range(draw(st.integers(1, (span.end_utc - span.start_utc) // QUARTER))):
        found = draw(value | st.none())
        flag = "N" if found is None else draw(flags)
        end = span.start_utc + (i + 1) * QUARTER
        readings.append(CmepReading(end, flag, found))
    units = draw(st.sampled_from(["KWH", "GKWH", "NKWH", "KWHREG"]))
    one = Decimal(1)
    return CmepRecord("M1", "OK", units, one, "00000015", tuple(readings))


@settings(max_examples=40, deadline=None)
@given(
    days_of_quarters(),
    st.sampled_from([UTC, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
    st.sampled_from(["start", "end"]),
    st.sampled_from(["compact", "full"]),
)
def test_what_is_written_reads_back_in_each_form_of_time(
    written: CmepRecord, zone: ZoneInfo, stamps: str, form: str
) -> None:
    made_at = datetime(2024, 12, 1, tzinfo=UTC)
    body = write_records([written], made_at_utc=made_at)
    profile = CmepProfile(zone=zone, is_start_stamped=stamps == "start")
    sent = in_form(body, profile=profile, is_compact=form == "compact")

    lines, findings = read(sent, profile)

    together = [reading for one in lines for reading in one.record.readings]
    assert tuple(together) == written.readings
    assert findings == []
    seconds = {s for one in lines for s in one.durations_seconds}
    assert seconds == {0 if written.units == "KWHREG" else 900}
    assert {one.header.made_at_utc for one in lines} == {made_at}


@pytest.mark.parametrize(
    ("day", "hours"), [(CLOCKS_FORWARD, 23), (date(2024, 7, 1), 24), (CLOCKS_BACK, 25)]
)
@pytest.mark.parametrize("shift", [0, 1])
def test_a_local_day_has_23_24_or_25_hours(day: date, hours: int, shift: int) -> None:
    profile = CmepProfile(zone=NEW_YORK, is_start_stamped=shift == 0)
    first = day_span(day, NEW_YORK).start_utc
    instants = [first + timedelta(hours=i + shift) for i in range(hours)]
    stamps = [f"{i.astimezone(NEW_YORK):%Y%m%d%H%M}" for i in instants]

    lines, _ = read(body_of(line(hourly(stamps))), profile)

    [one] = lines
    found = [reading.end_utc for reading in one.record.readings]
    assert found == [first + timedelta(hours=i + 1) for i in range(hours)]
    assert set(one.durations_seconds) == {3600}


def test_a_first_time_that_autumn_repeats_is_the_earlier_and_remarked() -> None:
    text = line(hourly(["202411030100", "202411030100", "202411030200"]))

    lines, findings = read(body_of(text), LOCAL)

    assert ends(lines) == ["2024-11-03 05:00", "2024-11-03 06:00", "2024-11-03 07:00"]
    assert codes(findings) == ["repeated_hour"]
    assert findings[0].triple == 1


def test_the_stated_interval_tells_the_hours_of_autumn_apart() -> None:
    first = line(hourly(["202411030000", "202411030100", "202411030100"]))
    untold = line(hourly(["202411030000", "202411030100"]), interval="", units="KWHREG")

    lines, findings = read(body_of(first), LOCAL)
    doubtful, remarks = read(body_of(untold), LOCAL)

    assert ends(lines)[1:] == ["2024-11-03 05:00", "2024-11-03 06:00"]
    assert findings == []
    assert ends(doubtful)[1:] == ["2024-11-03 05:00"]
    assert codes(remarks) == ["repeated_hour"]


def test_a_repeated_hour_is_refused_where_the_partner_says_so() -> None:
    careful = CmepProfile(zone=NEW_YORK, refuses_repeated_hour=True)
    text = line(hourly(["202411030000", "202411030100", "202411030200"]))

    lines, findings = read(body_of(text), careful)

    assert ends(lines) == ["2024-11-03 04:00", "2024-11-03 07:00"]
    assert codes(findings) == ["bad_time"]
    assert "twice" in findings[0].reason


@pytest.mark.parametrize("stamp", ["202403100200", "202403100259"])
def test_a_local_time_that_spring_skips_is_refused(stamp: str) -> None:
    lines, findings = read(body_of(line(hourly([stamp]))), LOCAL)

    assert ends(lines) == []
    assert codes(findings) == ["bad_time"]
    assert "America/New_York skip" in findings[0].reason


def test_a_day_and_a_month_are_of_the_local_calendar() -> None:
    days = line("202411020000,R,1,,R,1,,R,1", interval="00010000")
    months = line("202401310000,R,1,,R,1,,R,1", interval="01000000")

    lines, _ = read(body_of(days, months), LOCAL)

    assert ends(lines[:1]) == [
        "2024-11-02 04:00",
        "2024-11-03 04:00",
        "2024-11-04 05:00",
    ]
    assert lines[0].durations_seconds == (86_400, 86_400, 90_000)
    assert ends(lines[1:]) == [
        "2024-01-31 05:00",
        "2024-02-29 05:00",
        "2024-03-29 04:00",
    ]
    assert [s // 3600 for s in lines[1].durations_seconds] == [
        31 * 24,
        29 * 24,
        29 * 24 - 1,
    ]


@pytest.mark.parametrize(
    ("interval", "minutes", "seconds"),
    [
        ("", [0, 15, 30], {900}), ("00000000", [0, 15, 30], {900}),
        ("0", [0, 60], {3600}),
        ("", [0, 15, 45], {900}), ("15", [0, 15, 30], {900}), ("60", [0, 60], {3600}),
        ("00000100", [0, 15, 30], {900}), ("00000100", [0, 120], {3600}),
        ("00000100", [0], {3600}), ("00000015", [0, 60, 120], {900}),
    ],
)  # fmt: skip
def test_the_stated_length_holds_unless_times_come_closer(
    interval: str, minutes: list[int], seconds: set[int]
) -> None:
    stamps = [f"2024110305{m:02}" if m < 60 else f"202411030{5 + m // 60}00"
              for m in minutes]  # fmt: skip

    [one], _ = read(body_of(line(hourly(stamps), interval=interval)))

    assert set(one.durations_seconds) == seconds


@pytest.mark.parametrize(
    ("interval", "stamps"),
    [
        ("", ["202411030500"]),
        ("", ["202411030500", "202411030600", "202411030730"]),
        ("00000100", ["202411030500", "202411030530", "202411030545", "202411030605"]),
    ],
)
def test_a_length_nothing_tells_refuses_the_line(
    interval: str, stamps: list[str]
) -> None:
    lines, findings = read(body_of(line(hourly(stamps), interval=interval)))

    assert lines == []
    assert codes(findings) == ["unknown_interval"]


def test_register_readings_are_instants_whatever_the_stamps_mean() -> None:
    text = line("202411030400,R,5,202411040500,R,9", units="KWHREG", interval="")

    for profile in (CmepProfile(), STARTS):
        lines, findings = read(body_of(text), profile)

        assert ends(lines) == ["2024-11-03 04:00", "2024-11-04 05:00"]
        assert lines[0].durations_seconds == (0, 0)
        assert findings == []


def test_a_bad_time_spoils_only_what_is_counted_from_it() -> None:
    text = line("202411030500,R,1,2024110306,R,2,,R,3,202411030800,R,4,,R,5")

    lines, findings = read(body_of(text))

    assert ends(lines) == ["2024-11-03 05:00", "2024-11-03 08:00", "2024-11-03 09:00"]
    assert [(f.triple, f.code, f.sent) for f in findings] == [
        (2, "cmep.bad_time", "2024110306,R,2"),
        (3, "cmep.bad_time", ",R,3"),
    ]


def test_a_time_that_stands_twice_counts_once_or_not_at_all() -> None:
    same = line("202411030500,R,1,202411030500,R,1.0,202411030600,R,2")
    different = line("202411030500,R,1,202411030500,R,3,202411030600,R,2")

    lines, findings = read(body_of(same, different))

    assert ends(lines[:1]) == ["2024-11-03 05:00", "2024-11-03 06:00"]
    assert ends(lines[1:]) == ["2024-11-03 06:00"]
    repeats = [f for f in findings if f.code == "cmep.repeated_time"]
    assert [(f.line_number, f.triple) for f in repeats] == [(1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    ("stamp", "is_read"),
    [("190001010000", 1), ("189912312359", 0), ("219912312359", 1),
     ("220001010000", 0), ("000101010000", 0), ("999912312359", 0)],
)  # fmt: skip
def test_times_are_of_the_years_1900_to_2199(stamp: str, is_read: int) -> None:
    lines, _ = read(body_of(line(hourly([stamp]))), LOCAL)

    assert len(ends(lines)) == is_read


def test_times_counted_past_the_years_are_refused() -> None:
    text = line("219912010000,R,1,,R,2,,R,3", interval="99000000")

    lines, findings = read(body_of(text))

    assert ends(lines) == ["2199-12-01 00:00"]
    assert codes(findings) == ["bad_time", "bad_time"]
