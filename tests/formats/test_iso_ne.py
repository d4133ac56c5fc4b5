"""The ISO-NE day-ahead report: labels to instants, components, and what is refused."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.formats.price_files import read_iso_ne_da_csv
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceHour, PriceSchedule

EASTERN = ZoneInfo("America/New_York")
SHORT_DAY = date(2025, 3, 9)
LONG_DAY = date(2025, 11, 2)
PLAIN_DAY = date(2025, 11, 14)
HEADER = (
    '"H","Date","Hour Ending","Location ID","Location Name","Location Type",'
    '"Locational Marginal Price","Energy Component","Congestion Component",'
    '"Marginal Loss Component"'
)
TYPES = '"H","Date","String","Number","String","String","$/MWh","$/MWh","$/MWh","$/MWh"'


def data(day: date, label: str, prices: str, location: str = "4002") -> str:
    return f'"D","{day:%m/%d/%Y}","{label}",{location},"NAME","LOAD ZONE",{prices}'


def report(lines: Sequence[str], count: int | None = None) -> bytes:
    trailer = f'"T","{len(lines) if count is None else count}"'
    text = ['"C","Day-Ahead Hourly LMP Report"', HEADER, TYPES, *lines, trailer]
    return "\r\n".join([*text, ""]).encode()


def labels_of(day: date) -> list[str]:
    labels = [f"{hour:02d}" for hour in range(1, 25)]
    if day == SHORT_DAY:
        labels.remove("03")
    if day == LONG_DAY:
        labels.insert(2, "02X")
    return labels


def read_csv(body: bytes) -> PriceSchedule:
    return read_iso_ne_da_csv(body, location_id="4002", zone=EASTERN)


def refusal_of(lines: Sequence[str], count: int | None = None) -> str:
    with pytest.raises(FormatError) as refused:
        read_csv(report(lines, count))
    return str(refused.value)


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_hour_ending_labels_cover_a_local_day_in_order(day: date, hours: int) -> None:
    lines = [data(day, label, "30,31,-1,0") for label in labels_of(day)]

    got = read_csv(report(lines))

    starts = [h.interval_start_utc for h in got.hours if h.component == "energy"]
    assert starts == interval_starts_utc(day, EASTERN)
    assert len(starts) == hours
    assert require_whole_day(got.hours, EASTERN) == day
    assert got.publication_day is None


def test_the_repeated_hour_is_the_one_in_standard_time() -> None:
    lines = [data(LONG_DAY, "02X", "30,30,0,0"), data(LONG_DAY, "02", "31,31,0,0")]

    got = read_csv(report(lines))

    by_start = {h.interval_start_utc: h.price_per_kwh for h in got.hours
                if h.component == "energy"}  # fmt: skip
    first = datetime(2025, 11, 2, 5, tzinfo=UTC)
    assert by_start == {
        first: Decimal("0.031"),
        first + timedelta(hours=1): Decimal("0.030"),
    }


def test_components_are_exact_and_sum_to_the_lmp() -> None:
    got = read_csv(report([data(PLAIN_DAY, "01", "45.23,44.81,-0.12,0.53")]))

    parts = {hour.component: hour.price_per_kwh for hour in got.hours}
    assert parts == {
        "energy": Decimal("0.04481"),
        "congestion": Decimal("-0.00012"),
        "loss": Decimal("0.00053"),
        "rounding": Decimal("0.00001"),
    }
    assert sum(parts.values()) == Decimal("0.04523")
    assert {hour.field for hour in got.hours} == {"line 4"}


def test_components_that_add_up_need_no_rounding() -> None:
    got = read_csv(report([data(PLAIN_DAY, "01", "-5.1,-5,-0.2,0.1")]))

    assert [hour.component for hour in got.hours] == ["energy", "congestion", "loss"]


def test_components_may_differ_from_the_lmp_by_two_cents_and_no_more() -> None:
    kept = read_csv(report([data(PLAIN_DAY, "01", "30.02,30,0,0")]))
    refused = refusal_of([data(PLAIN_DAY, "01", "30.03,30,0,0")])

    assert kept.hours[-1].price_per_kwh == Decimal("0.00002")
    assert "line 4" in refused
    assert "0.03" in refused


def test_only_the_wanted_location_is_taken() -> None:
    lines = [
        data(PLAIN_DAY, "01", "10,10,0,0", location="4001"),
        data(PLAIN_DAY, "01", "20,20,0,0", location='"4002"'),
        data(PLAIN_DAY, "01", "30,30,0,0", location="04002"),
    ]

    got = read_csv(report(lines))

    assert got.hours[0].price_per_kwh == Decimal("0.02")
    assert got.hours[0].field == "line 5"


def test_columns_are_found_by_their_names() -> None:
    line = data(PLAIN_DAY, "01", "30,31,-1,0")
    swapped = ",".join(["%s"] * 10) % tuple(reversed(HEADER.split(",")))
    swapped = '"H",' + swapped.removesuffix(',"H"')
    row = '"D",' + ",".join(reversed(line.split(",")[1:]))

    got = read_csv(f'{swapped}\n{row}\n"T",1'.encode())

    assert got.hours == tuple(
        PriceHour(h.interval_start_utc, 3600, h.component, h.price_per_kwh, "USD",
                  "line 2")
        for h in read_csv(report([line])).hours
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (data(SHORT_DAY, "03", "30,30,0,0"), "'03'"),
        (data(PLAIN_DAY, "02X", "30,30,0,0"), "'02X'"),
        (data(PLAIN_DAY, "00", "30,30,0,0"), "'00'"),
        (data(PLAIN_DAY, "25", "30,30,0,0"), "'25'"),
        (data(PLAIN_DAY, "01", "30,x,0,0"), "Energy Component"),
        (data(PLAIN_DAY, "01", "NaN,30,0,0"), "Locational Marginal Price"),
        (data(PLAIN_DAY, "01", "30,30,0"), "fields"),
        (data(PLAIN_DAY, "01", "30.000001,30.000001,0,0"), "places"),
        ('"D","2025-11-14","01",4002,"N","Z",30,30,0,0', "2025-11-14"),
        ('"D","13/14/2025","01",4002,"N","Z",30,30,0,0', "13/14/2025"),
        ('"X","11/14/2025"', "'X'"),
        ('"D","unclosed', "CSV"),
    ],
)
def test_a_wrong_line_is_named(line: str, said: str) -> None:
    message = refusal_of([line])

    assert "line 4" in message
    assert said in message


def test_an_hour_given_twice_is_refused_with_both_lines() -> None:
    message = refusal_of([data(PLAIN_DAY, "01", "30,30,0,0")] * 2)

    assert "line 5" in message
    assert "line 4" in message


def test_hours_of_two_days_are_refused() -> None:
    other = PLAIN_DAY + timedelta(days=1)

    message = refusal_of(
        [data(PLAIN_DAY, "01", "30,30,0,0"), data(other, "02", "30,30,0,0")]
    )

    assert "line 5" in message


@pytest.mark.parametrize("count", [0, 2, -1])
def test_a_trailer_that_miscounts_is_refused(count: int) -> None:
    assert "trailer" in refusal_of([data(PLAIN_DAY, "01", "30,30,0,0")], count)


def test_a_file_cut_off_is_refused() -> None:
    body = report([data(PLAIN_DAY, "01", "30,30,0,0")])
    without_trailer = body[: body.index(b'"T"')]

    with pytest.raises(FormatError, match=r"line 4: .*trailer"):
        read_csv(without_trailer)


@pytest.mark.parametrize("body", [b"", b"\r\n", b"<html>", b"\xff", b'"T","0"'])
def test_a_file_of_another_kind_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match="ISO-NE report"):
        read_csv(body)


def test_a_missing_column_is_named() -> None:
    body = report([]).replace(b"Hour Ending", b"Hour Beginning")

    with pytest.raises(FormatError, match=r"line 2: .*Hour Ending"):
        read_csv(body)


def test_an_absent_location_is_named() -> None:
    assert "'4002'" in refusal_of([data(PLAIN_DAY, "01", "1,1,0,0", "4001")])
