"""Profiles of price files: what each setting does, and what is refused at load."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.formats.price_files import (
    load_price_profile,
    read_price_csv,
    shipped_profiles,
)
from ter_pipelines.formats.price_files.profile_loading import LARGEST_PROFILE_BYTES
from ter_pipelines.vocab.errors import FieldError, FormatError
from ter_pipelines.vocab.prices import PriceHour
from tests.formats.market_files import file_of

PROFILE = """
title = "A market"
zone = "America/New_York"
currency = "USD"
unit = "USD/MWh"
price_column = "price"
"""
TIME = """
[time]
column = "time"
format = "%Y-%m-%d %H:%M"
stamp = "begin"
clock = "local"
"""
HOURS = """
[time]
column = "date"
format = "%Y-%m-%d"
hour_column = "hour"
stamp = "hour-ending"
clock = "local"
repeated_hour = "label"
"""


def hours_of(profile: str, *lines: str) -> tuple[PriceHour, ...]:
    loaded = load_price_profile(profile.encode(), name="mine")
    return read_price_csv(file_of(*lines), loaded, location=None).hours


def start_of(profile: str, *lines: str) -> str:
    return hours_of(profile, *lines)[-1].interval_start_utc.strftime("%m-%dT%H")


def with_time(**changes: str) -> str:
    lines = [line for line in TIME.splitlines() if line.split(" ")[0] not in changes]
    return "\n".join([PROFILE, *lines, *(f"{n} = {v}" for n, v in changes.items())])


def errors_of(profile: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refused:
        load_price_profile(profile.encode(), name="mine")
    return refused.value.fields


@pytest.mark.parametrize(
    ("stamp", "start"), [("begin", "14T10"), ("end", "14T09"), ("hour-ending", "14T09")]
)
def test_a_stamp_is_the_hours_beginning_or_its_end(stamp: str, start: str) -> None:
    profile = with_time(stamp=f'"{stamp}"')

    assert start_of(profile, "time,price", "2025-11-14 05:00,30") == f"11-{start}"


@pytest.mark.parametrize(
    ("clock", "start"),
    [("local", "14T10"), ("utc", "14T05"), ("Etc/GMT+8", "14T13")],
)
def test_a_clock_is_local_utc_or_of_another_zone(clock: str, start: str) -> None:
    profile = with_time(clock=f'"{clock}"')

    assert start_of(profile, "time,price", "2025-11-14 05:00,30") == f"11-{start}"


def test_a_stamp_may_state_its_own_offset() -> None:
    profile = with_time(clock='"offset"', format='"%Y-%m-%dT%H:%M%z"')
    lines = ["time,price", "2025-11-02T01:00-04:00,30", "2025-11-02T01:00-05:00,31"]

    starts = [hour.interval_start_utc for hour in hours_of(profile, *lines)]

    first = datetime(2025, 11, 2, 5, tzinfo=UTC)
    assert starts == [first, first + timedelta(hours=1)]


def test_an_end_and_an_hour_ending_label_differ_where_clocks_change() -> None:
    end, label = with_time(stamp='"end"'), with_time(stamp='"hour-ending"')
    row = ("time,price", "2025-03-09 03:00,30")

    assert start_of(end, *row) == "03-09T06"
    with pytest.raises(FormatError, match=r"T02:00, which the clocks .* skip"):
        hours_of(label, *row)


def test_the_end_of_the_first_of_two_hours_is_told_by_order() -> None:
    profile = with_time(stamp='"end"', repeated_hour='"order"')
    lines = ["time,price", "2025-11-02 01:00,30", "2025-11-02 01:00,31"]

    starts = [hour.interval_start_utc.hour for hour in hours_of(profile, *lines)]

    assert starts == [4, 5]


def test_a_label_with_its_suffix_is_the_repeated_hour() -> None:
    lines = ["date,hour,price", "2025-11-02,2X,31", "2025-11-02,02,30"]

    starts = [
        hour.interval_start_utc.hour for hour in hours_of(PROFILE + HOURS, *lines)
    ]

    assert starts == [6, 5]


@pytest.mark.parametrize("label", ["02Y", "2XX", "X", "", "-1", "\u0662"])
def test_a_label_of_another_form_is_refused(label: str) -> None:
    with pytest.raises(FormatError, match="or with X for the repeated one"):
        hours_of(PROFILE + HOURS, "date,hour,price", f"2025-11-02,{label},31")


def test_a_suffix_on_an_hour_that_is_not_repeated_is_refused() -> None:
    with pytest.raises(FormatError, match="once"):
        hours_of(PROFILE + HOURS, "date,hour,price", "2025-11-14,02X,31")


def test_without_a_rule_a_repeated_hour_is_refused_and_others_are_not() -> None:
    first = "2025-11-02 00:00,30"

    assert start_of(PROFILE + TIME, "time,price", first) == "11-02T04"
    with pytest.raises(FormatError, match=r"line 3: .*twice"):
        hours_of(PROFILE + TIME, "time,price", first, "2025-11-02 01:00,31")


def test_delimiter_decimal_comma_unit_and_lines_before_the_header() -> None:
    profile = PROFILE.replace('"USD/MWh"', '"cents/kWh"')
    settings = 'delimiter = ";"\ndecimal = ","\nskip_lines = 2\n'
    lines = ["Prices of", "a market", "time;price", "2025-11-14 05:00;3,25"]

    [hour] = hours_of(profile + settings + TIME, *lines)

    assert (hour.price_per_kwh, hour.field) == (Decimal("0.0325"), "line 4")


def test_a_decimal_point_where_a_comma_is_expected_is_refused() -> None:
    settings = 'delimiter = ";"\ndecimal = ","\n'

    with pytest.raises(FormatError, match="decimal comma"):
        hours_of(PROFILE + settings + TIME, "time;price", "2025-11-14 05:00;3.25")


def test_a_location_that_the_profile_cannot_tell_is_refused() -> None:
    profile = load_price_profile((PROFILE + TIME).encode(), name="mine")
    body = file_of("time,price", "2025-11-14 05:00,30")

    with pytest.raises(FormatError, match="no column of it"):
        read_price_csv(body, profile, location="4002")


def test_shipped_profiles_are_those_of_three_markets() -> None:
    assert sorted(shipped_profiles()) == ["ercot", "nyiso", "pjm"]


def test_an_empty_profile_lacks_every_needed_field() -> None:
    errors = errors_of("")

    assert set(errors) == {
        "title", "zone", "currency", "unit", "price_column", "time",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": '"%Y-%m-%d %I:%M"'}, "time.format"),
        ({"format": '"%m-%d %H:%M"'}, "time.format"),
        ({"format": '"%Y-%m-%d %H:%M%z"'}, "time.format"),
        ({"clock": '"offset"'}, "time.format"),
        ({"format": '"%Q"'}, "time.format"),
        ({"clock": '"Mars/Olympus"'}, "time.clock"),
        ({"clock": "5"}, "time.clock"),
        ({"stamp": '"middle"'}, "time.stamp"),
        ({"repeated_hour": '"label"'}, "time.repeated_hour"),
        ({"repeated_hour": '"flag"'}, "time.flag_column"),
        ({"flag_column": '"flag"'}, "time.flag_column"),
        ({"clock": '"utc"', "repeated_hour": '"order"'}, "time.repeated_hour"),
        ({"hour_column": '"hour"'}, "time.format"),
        ({"column": "[]"}, "time.column"),
        ({"colum": '"time"'}, "time.colum"),
    ],
)
def test_a_wrong_time_is_named_by_its_field(
    changes: dict[str, str], field: str
) -> None:
    assert list(errors_of(with_time(**changes))) == [field]


def test_an_hour_column_has_no_end_and_no_offset() -> None:
    errors = errors_of(
        PROFILE + HOURS.replace("hour-ending", "end").replace('"local"', '"offset"')
    )

    assert {"time.stamp", "time.clock"} <= set(errors)


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (PROFILE.replace("USD/MWh", "EUR/MWh") + TIME, "unit"),
        (PROFILE.replace("USD", "usd") + TIME, "currency"),
        (PROFILE + "decimal = ','\n" + TIME, "decimal"),
        (PROFILE + "delimeter = ','\n" + TIME, "delimeter"),
        (PROFILE + "rest = 'rounding'\n" + TIME, "rest"),
        (PROFILE + "component = 3\n" + TIME, "component"),
        (PROFILE + "component = [3]\n" + TIME, "component[0]"),
        (PROFILE + TIME + "[[component]]\nname='a'\n", "component[0].column"),
        (PROFILE + TIME + "[[filter]]\ncolumn='a'\n", "filter[0].keeps"),
        (
            PROFILE + TIME + "[[component]]\nname='a'\ncolumn='b'\nsign=true\n",
            "component[0].sign",
        ),
        (
            PROFILE + TIME + 2 * "[[component]]\nname='a'\ncolumn='b'\n",
            "component[1].name",
        ),
        ("title = ", "file"),
        ("#" * (LARGEST_PROFILE_BYTES + 1), "file"),
    ],
)
def test_a_wrong_field_is_named(profile: str, field: str) -> None:
    assert field in errors_of(profile)
