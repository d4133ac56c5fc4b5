"""Price files of NYISO, PJM and ERCOT, read as the profiles that come with us say."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.price_files import read_price_csv, shipped_profiles
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import PriceSchedule
from tests.formats.market_files import (
    CENTRAL,
    DAYS,
    EASTERN,
    ERCOT_HEADER,
    LONG_DAY,
    NYISO_HEADER,
    PJM_HEADER,
    PLAIN_DAY,
    Line,
    day_of,
    ercot,
    file_of,
    nyiso,
    pjm,
)

MARKETS = [
    ("nyiso", NYISO_HEADER, nyiso, EASTERN),
    ("pjm", PJM_HEADER, pjm, EASTERN),
    ("ercot", ERCOT_HEADER, ercot, CENTRAL),
]
ROW = {
    "nyiso": nyiso(datetime(2025, 11, 14, 5, tzinfo=UTC), "45.23"),
    "pjm": pjm(datetime(2025, 11, 14, 5, tzinfo=UTC), "45.23"),
    "ercot": ercot(datetime(2025, 11, 14, 6, tzinfo=UTC), "45.23"),
}
HEADER = {name: header for name, header, _, _ in MARKETS}


def read(market: str, *lines: str, location: str | None = None) -> PriceSchedule:
    body = file_of(HEADER[market], *lines)
    return read_price_csv(body, shipped_profiles()[market], location=location)


def parts_of(schedule: PriceSchedule) -> dict[str, Decimal]:
    return {hour.component: hour.price_per_kwh for hour in schedule.hours}


def refusal_of(market: str, *lines: str, location: str | None = None) -> str:
    with pytest.raises(FormatError) as refused:
        read(market, *lines, location=location)
    return str(refused.value)


def totals(schedule: PriceSchedule) -> Sequence[Decimal]:
    prices: dict[datetime, Decimal] = {}
    for hour in schedule.hours:
        start = hour.interval_start_utc
        prices[start] = prices.get(start, Decimal(0)) + hour.price_per_kwh
    return [prices[start] for start in sorted(prices)]


@pytest.mark.parametrize(("day", "hours"), DAYS)
@pytest.mark.parametrize(("market", "header", "line", "zone"), MARKETS)
def test_a_days_file_covers_the_local_day_in_order(
    market: str, header: str, line: Line, zone: ZoneInfo, day: date, hours: int
) -> None:
    body = file_of(header, *day_of(day, zone, line))

    got = read_price_csv(body, shipped_profiles()[market], location=None)

    assert require_whole_day(got.hours, zone) == day
    assert sorted({h.interval_start_utc for h in got.hours}) == interval_starts_utc(
        day, zone
    )
    assert totals(got) == [Decimal(10 + i) / 1000 for i in range(hours)]


def test_congestion_of_nyiso_is_turned_round_and_energy_is_the_rest() -> None:
    got = read("nyiso", '"11/14/2025 00:00","CAPITL",61757,45.23,1.5,-2.25')

    assert parts_of(got) == {
        "loss": Decimal("0.0015"),
        "congestion": Decimal("0.00225"),
        "energy": Decimal("0.04148"),
    }
    assert totals(got) == [Decimal("0.04523")]


def test_older_files_of_nyiso_cut_a_column_name_short() -> None:
    cut = NYISO_HEADER.replace("Congestion ($/MWHr)", "Congestion ($/MWH")

    body = file_of(cut, ROW["nyiso"])
    got = read_price_csv(body, shipped_profiles()["nyiso"], location=None)

    assert parts_of(got)["congestion"] == Decimal("0.002")


@pytest.mark.parametrize("location", ["CAPITL", "61757"])
def test_a_location_is_known_by_its_name_or_its_number(location: str) -> None:
    other = ROW["nyiso"].replace("CAPITL", "WEST").replace("61757", "61752")

    got = read("nyiso", other, ROW["nyiso"], location=location)

    assert {hour.field for hour in got.hours} == {"line 3"}


def test_each_location_has_its_own_repeated_hour() -> None:
    lines = day_of(LONG_DAY, EASTERN, nyiso)
    west = [line.replace("CAPITL", "WEST") for line in lines]
    both = [line for pair in zip(west, lines, strict=True) for line in pair]

    got = read("nyiso", *both, location="CAPITL")

    assert require_whole_day(got.hours, EASTERN) == LONG_DAY


def test_of_several_locations_one_must_be_wanted() -> None:
    other = ROW["ercot"].replace("HB_NORTH", "HB_WEST")

    message = refusal_of("ercot", ROW["ercot"], other)

    assert "2 locations ('HB_NORTH', 'HB_WEST')" in message
    assert "line 3" in message


def test_an_absent_location_is_named_with_those_that_are_there() -> None:
    message = refusal_of("ercot", ROW["ercot"], location="HB_WEST")

    assert "'HB_WEST'" in message
    assert "'HB_NORTH'" in message


def test_pjm_keeps_the_current_row_of_a_corrected_hour() -> None:
    start = datetime(2025, 11, 14, 5, tzinfo=UTC)

    got = read("pjm", pjm(start, "30", "False", 1), pjm(start, "31", "True", 2))

    assert totals(got) == [Decimal("0.031")]


def test_two_current_rows_of_an_hour_are_refused_with_both_lines() -> None:
    message = refusal_of("pjm", ROW["pjm"], ROW["pjm"])

    assert "line 3" in message
    assert "2025-11-14T05:00:00Z" in message
    assert "line 2" in message


@pytest.mark.parametrize(
    ("prices", "kept"),
    [
        (
            "19.222226,19.775855,0.500005,0.053624",
            {"energy": "0.01922223", "congestion": "0.00050001", "loss": "0.00005362"},
        ),
        (
            "10.000004,10.000012,0.000004,0.000004",
            {"energy": "0.01", "congestion": "0", "loss": "0", "rounding": "1E-8"},
        ),
    ],
)
def test_six_places_of_pjm_are_rounded_to_those_we_keep_and_still_add_up(
    prices: str, kept: dict[str, str]
) -> None:
    got = read("pjm", ROW["pjm"].replace("45.23,45.23,0,0", prices))

    assert parts_of(got) == {name: Decimal(price) for name, price in kept.items()}


def test_components_may_miss_the_price_by_two_cents_and_no_more() -> None:
    near = ROW["pjm"].replace("45.23,45.23,0,0", "45.23,45.25,0,0")
    far = ROW["pjm"].replace("45.23,45.23,0,0", "45.23,45.26,0,0")

    assert parts_of(read("pjm", near))["rounding"] == Decimal("0.00002")
    assert "0.03" in refusal_of("pjm", far)


def test_the_flagged_hour_of_ercot_is_the_one_in_standard_time() -> None:
    got = read(
        "ercot", "11/02/2025,02:00,HB_NORTH,20,Y", "11/02/2025,02:00,HB_NORTH,10,N"
    )

    assert {h.interval_start_utc.hour: h.price_per_kwh for h in got.hours} == {
        6: Decimal("0.010"),
        7: Decimal("0.020"),
    }


@pytest.mark.parametrize(
    ("market", "line", "said"),
    [
        ("ercot", "03/09/2025,03:00,HB_NORTH,20,N", "skip"),
        ("ercot", "11/14/2025,02:00,HB_NORTH,20,Y", "has it once"),
        ("ercot", "11/14/2025,00:00,HB_NORTH,20,N", "'00:00', expected 01 to 24"),
        ("ercot", "11/14/2025,25:00,HB_NORTH,20,N", "'25:00'"),
        ("ercot", "11/14/2025,02:30,HB_NORTH,20,N", "'02:30'"),
        ("ercot", "11/14/2025,02X,HB_NORTH,20,N", "'02X'"),
        ("ercot", "14/11/2025,02:00,HB_NORTH,20,N", "'14/11/2025'"),
        ("ercot", "11/14/2025,02:00,HB_NORTH,x,N", "SettlementPointPrice: got 'x'"),
        ("ercot", "11/14/2025,02:00,HB_NORTH,NaN,N", "NaN"),
        ("ercot", "11/14/2025,02:00,HB_NORTH,20.000001,N", "8 places"),
        ("ercot", "11/14/2025,02:00,HB_NORTH,20", "4 fields, expected 5"),
        ("ercot", '11/14/2025,02:00,"HB_NORTH,20,N', "not CSV"),
        ("nyiso", '"03/09/2025 02:00","CAPITL",61757,1,1,1', "skip"),
        ("nyiso", '"11/14/2025 24:00","CAPITL",61757,1,1,1', "'11/14/2025 24:00'"),
        ("nyiso", '"11/14/1999 01:00","CAPITL",61757,1,1,1', "2000 to 2199"),
        ("nyiso", '"11/14/2025 01:00","CAPITL",61757,,1,1', "LBMP"),
    ],
)
def test_a_wrong_line_is_named_with_what_was_got(
    market: str, line: str, said: str
) -> None:
    message = refusal_of(market, line)

    assert f"{market} file, line 2: " in message
    assert said in message


def test_rows_out_of_order_do_not_tell_repeated_hours_apart() -> None:
    lines = day_of(LONG_DAY, EASTERN, nyiso)

    message = refusal_of("nyiso", *reversed(lines))

    assert "line 3" in message
    assert "order" in message


def test_a_third_repeated_hour_is_refused() -> None:
    line = '"11/02/2025 01:00","CAPITL",61757,1,1,1'

    assert "line 4" in refusal_of("nyiso", line, line, line)


def test_an_hour_that_is_not_repeated_stands_there_once() -> None:
    assert "line 3" in refusal_of("nyiso", ROW["nyiso"], ROW["nyiso"])


def test_a_day_that_lacks_its_second_hour_is_not_whole() -> None:
    lines = day_of(LONG_DAY, EASTERN, nyiso)
    got = read("nyiso", *lines[:2], *lines[3:])

    with pytest.raises(Exception, match="24 hours, expected the 25 hours"):
        require_whole_day(got.hours, EASTERN)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "a header"),
        (b"\r\n\r\n", "a header"),
        (b"\xff", "not UTF-8"),
        (b"<html></html>", "0 columns 'SettlementPointPrice'"),
        ((ERCOT_HEADER + "\r\n").encode(), "no row"),
        ((ERCOT_HEADER + ",DSTFlag\r\n").encode(), "2 columns 'DSTFlag'"),
        (b" " * 64_000_001, "64000000"),
    ],
)
def test_a_file_of_another_kind_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(FormatError, match="ercot file, line") as refused:
        read_price_csv(body, shipped_profiles()["ercot"], location=None)

    assert said in str(refused.value)


def test_a_byte_order_mark_and_blank_lines_are_passed_over() -> None:
    body = b"\xef\xbb\xbf" + file_of(ERCOT_HEADER, "", ROW["ercot"], "")

    got = read_price_csv(body, shipped_profiles()["ercot"], location=None)

    assert [hour.field for hour in got.hours] == ["line 3"]
    assert got.hours[0].interval_start_utc == datetime.combine(
        PLAIN_DAY, datetime.min.time(), CENTRAL
    )


@settings(max_examples=100, deadline=None)
@given(
    market=st.sampled_from(sorted(HEADER)),
    body=st.binary() | st.text(alphabet='0129:/ ,"XYN.\n-').map(str.encode),
    has_header=st.booleans(),
)
def test_any_bytes_are_read_or_refused_in_our_words(
    market: str, body: bytes, *, has_header: bool
) -> None:
    header = file_of(HEADER[market]) if has_header else b""

    with pytest.raises(FormatError, match=f"^{market} file, line "):
        read_price_csv(header + body, shipped_profiles()[market], location="NOWHERE")
