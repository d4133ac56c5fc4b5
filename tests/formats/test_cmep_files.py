"""CMEP out: the worked day byte for byte, many meters, missing hours, refusals."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.cmep import (
    Days,
    Message,
    file_name,
    find_unsendable,
    write_batch,
)
from ter_pipelines.vocab.cmep_out import CmepOut
from ter_pipelines.vocab.errors import InputError
from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    CLOCKS_FORWARD,
    MADE_AT,
    NISC,
    OPENING,
    PLAIN_DAY,
    hour,
    meters_of,
    refusal_of,
    starts_of,
    worked_day,
    write,
    written,
)
from tests.formats.plain_cmep import Hour, records_of_meter, write_records

GOLDEN = Path(__file__).parents[1] / "examples" / "cmep_2024-11-03.dat"
NOVEMBER = [CLOCKS_BACK.replace(day=day) for day in (1, 2, 3, 4)]


def test_the_worked_day_is_written_byte_for_byte() -> None:
    hours = worked_day(heard=1800, missing=1800)

    body = write(meters_of({"TER0001": hours}), starts_of(CLOCKS_BACK))

    assert body == GOLDEN.read_bytes()
    lines = body.splitlines(keepends=True)
    assert [len(line) for line in lines] == [574, 531, 119, 116]
    assert [line.count(b",") + 1 for line in lines] == [89, 89, 20, 20]


@st.composite
def some_hours(draw: st.DrawFn) -> dict[datetime, Hour]:
    kwh = st.decimals(0, 10**8, places=6) | st.decimals(0, 9, places=3)
    known = {}
    for day in starts_of(*NOVEMBER):
        for start in day:
            heard, missing = draw(st.sampled_from([(3600, 0), (0, 3600), (60, 3540)]))
            quality = draw(st.sampled_from(["", "A", "E"]))
            if draw(st.integers(0, 9)):
                known[start] = Hour(draw(kwh), draw(kwh), heard, missing, quality)
    return known


@settings(max_examples=15, deadline=None)
@given(st.lists(some_hours(), min_size=1, max_size=2))
def test_what_is_written_is_what_the_csv_module_would_write(
    hours: list[dict[datetime, Hour]],
) -> None:
    days = starts_of(*NOVEMBER)
    meters = {f"M{i}": known for i, known in enumerate(hours)}

    body = write(meters_of(meters), days)

    records = [
        record
        for meter_id, known in meters.items()
        for record in records_of_meter(meter_id, known, days, OPENING)
    ]
    assert body == write_records(records, made_at_utc=MADE_AT)


@pytest.mark.parametrize(
    ("day", "count"), [(CLOCKS_FORWARD, 23), (PLAIN_DAY, 24), (CLOCKS_BACK, 25)]
)
def test_a_day_has_its_hours_and_its_registers_stand_at_both_ends(
    day: date, count: int
) -> None:
    days = starts_of(day)

    taken, _, register, _ = written({s: hour("1") for s in days[0]}, days)

    assert (taken[12], taken[13]) == ("00000100", str(count))
    stamps = taken[14::3]
    assert stamps == sorted(set(stamps))
    assert register[12:14] == ["", "2"]
    assert register[14::3] == [f"{days[0][0]:%Y%m%d%H%M}", stamps[-1]]
    assert Decimal(register[19]) - Decimal(register[16]) == count


def test_registers_go_on_from_one_day_to_the_next() -> None:
    days = starts_of(*NOVEMBER[1:4])
    hours = {start: hour("1.250") for day in days for start in day}

    lines = written(hours, days, opening=(Decimal(100), Decimal(7)))

    read = [line[16::3] for line in lines if line[10] == "KWHREG"]
    assert read == [
        ["100.000", "130.000"], ["130.000", "161.250"], ["161.250", "191.250"]
    ]  # fmt: skip
    assert {line[19] for line in lines if line[10] == "GKWHREG"} == {"7.000"}


def test_register_differences_are_the_sums_of_the_day() -> None:
    taken, given_, taken_register, given_register = written(
        worked_day(), starts_of(CLOCKS_BACK)
    )

    for hours, register, total in (
        (taken, taken_register, "25.125"),
        (given_, given_register, "8.350"),
    ):
        assert sum(Decimal(value) for value in hours[16::3]) == Decimal(total)
        assert Decimal(register[19]) - Decimal(register[16]) == Decimal(total)


def test_an_hour_nobody_billed_or_heard_is_missing_and_counts_nothing() -> None:
    hours = worked_day()
    first, second = list(hours)[:2]
    del hours[first]
    hours[second] = hour("9", heard=0, missing=3600)

    taken, given_, register, _ = written(hours, starts_of(CLOCKS_BACK))

    for line in (taken, given_):
        assert line[14:20] == ["202411030500", "N", "", "202411030600", "N", ""]
    assert register[14:] == [
        "202411030400", "E", "1234.500", "202411040500", "E", "1257.275"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "flag", "of_register"),
    [
        ({}, "", ""),
        ({"heard": 1, "missing": 3599}, "R", "R"),
        ({"missing": 3600}, "R", "R"),
        ({"heard": 0, "missing": 3600}, "N", "E"),
        ({"quality": "E"}, "E", "E"),
        ({"quality": "A"}, "A", "A"),
        ({"heard": 1800, "missing": 1800, "quality": "E"}, "R", "R"),
    ],
)
def test_the_flag_says_how_an_hour_was_come_by_and_the_registers_the_worst(
    changes: dict[str, object], flag: str, of_register: str
) -> None:
    hours = worked_day()
    hours[list(hours)[3]] = hour("1", **changes)

    taken, _, register, _ = written(hours, starts_of(CLOCKS_BACK))

    flags = taken[15::3]
    assert flags[3] == flag
    assert {*flags[:3], *flags[4:]} == {""}
    assert register[15::3] == [of_register] * 2


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("0.000000", "0"), ("-0.000000", "0"), ("2.000000", "2.000"),
        ("0.100000", "0.100"), ("0.123400", "0.1234"), ("0.123450", "0.12345"),
        ("0.000001", "0.000001"), ("12345678.123456", "12345678.123456"),
        ("1E+2", "100.000"), ("1E-6", "0.000001"),
    ],
)  # fmt: skip
def test_energy_keeps_every_digit_and_at_least_three_places(
    stored: str, sent: str
) -> None:
    hours = worked_day() | {starts_of(CLOCKS_BACK)[0][0]: hour(stored)}

    taken = written(hours, starts_of(CLOCKS_BACK), opening=(Decimal(0), Decimal(0)))[0]

    assert taken[16] == sent


def test_meters_stand_in_order_each_day_by_day() -> None:
    days = starts_of(*NOVEMBER[:2])
    hours = {start: hour("1") for day in days for start in day}

    body = write(meters_of({"M1": hours, "M2": hours}), days)

    heads = [line.split(",") for line in body.decode().splitlines()]
    assert [(f[7], f[10]) for f in heads] == [
        (meter, units)
        for meter in ("M1", "M2")
        for _ in days
        for units in ("KWH", "GKWH", "KWHREG", "GKWHREG")
    ]


@pytest.mark.parametrize(
    "meter_id",
    [
        "",
        "TER0001234567",
        "A,B",
        'A"B',
        "A'B",
        "A B",
        "A\r\nB",
        "MÈTRE",
        "A\x00",
        "A\n",
    ],
)
def test_a_meter_id_that_cannot_be_sent_is_refused_by_name(meter_id: str) -> None:
    meters = meters_of({meter_id: worked_day(), "000000000012": worked_day()})

    found = find_unsendable(meters, Days(starts_of(CLOCKS_BACK)), CmepOut())

    assert list(found) == [meter_id]
    assert repr(meter_id) in found[meter_id]
    assert "12" in found[meter_id]


@pytest.mark.parametrize(
    "bad", [Hour(Decimal("-0.001"), Decimal(0)), Hour(Decimal(0), Decimal("-0.001"))]
)
def test_negative_energy_is_refused_in_either_direction(bad: Hour) -> None:
    start = starts_of(CLOCKS_BACK)[0][0]

    why = refusal_of(worked_day() | {start: bad}, starts_of(CLOCKS_BACK))

    assert "TER0001" in why
    assert "-0.001" in why


def test_a_number_over_16_characters_is_refused() -> None:
    fits, too_long = hour("999999999.123456"), hour("1000000000")
    start = starts_of(CLOCKS_BACK)[0][0]
    days = starts_of(CLOCKS_BACK)

    assert "KWHREG" in refusal_of(worked_day() | {start: fits}, days)
    assert "KWH" in refusal_of(worked_day() | {start: too_long}, days)
    assert "16 characters" in refusal_of(worked_day() | {start: too_long}, days)


@pytest.mark.parametrize("sender", ["", "A" * 17, "N,HEC"])
def test_a_company_id_that_cannot_be_sent_is_refused(sender: str) -> None:
    message = Message(sender, "NISCMDM", "OK", MADE_AT)

    with pytest.raises(InputError, match="16"):
        write_batch(
            meters_of({"M1": worked_day()}),
            Days(starts_of(CLOCKS_BACK)),
            message,
            CmepOut(),
        )


def test_a_file_name_carries_utility_minute_and_job() -> None:
    eastern = datetime.fromisoformat("2022-03-15T10:15:59-04:00")
    message = Message("NHEC", "NISCMDM", "OK", eastern.astimezone(UTC))

    name = file_name(CmepOut(), message, 42)

    assert name == "NHEC_MEPMD01V1_20220315_1415_0000042.dat"


@pytest.mark.parametrize(
    ("utility", "job"), [("../up", 0), (".", 0), ("A B", 0), ("NHEC", -1),
                         ("NHEC", 10_000_000)],
)  # fmt: skip
def test_a_file_name_that_is_no_name_is_refused(utility: str, job: int) -> None:
    with pytest.raises(InputError):
        file_name(CmepOut(), Message(utility, NISC.receiver_id, "OK", MADE_AT), job)
