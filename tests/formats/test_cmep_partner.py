"""CMEP as a partner wants it: limits, local times, flags, registers, check fields."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.formats.cmep import (
    CmepLine,
    CmepProfile,
    Message,
    file_name,
    read_lines,
)
from ter_pipelines.formats.cmep.crc import crc16_arc
from ter_pipelines.vocab.cmep_out import CmepFlags, CmepOut
from ter_pipelines.vocab.errors import InputError
from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    CLOCKS_FORWARD,
    MADE_AT,
    NISC,
    PLAIN_DAY,
    hour,
    meters_of,
    refusal_of,
    starts_of,
    worked_day,
    write,
    written,
)

DAYS = starts_of(CLOCKS_BACK)
LOCAL = CmepOut(zone=ZoneInfo("America/New_York"), repeated_hour="order")


def texts(profile: CmepOut) -> list[str]:
    return [",".join(fields) for fields in written(worked_day(), DAYS, profile)]


def read_back(body: bytes, profile: CmepProfile) -> Sequence[CmepLine]:
    items = list(read_lines(BytesIO(body), profile))
    assert all(isinstance(item, CmepLine) for item in items)
    return [item for item in items if isinstance(item, CmepLine)]


@pytest.mark.parametrize(
    ("most", "counts"), [(48, [25]), (25, [25]), (24, [24, 1]), (10, [10, 10, 5])]
)
def test_a_line_holds_as_many_readings_as_the_partner_takes(
    most: int, counts: list[int]
) -> None:
    lines = written(worked_day(), DAYS, CmepOut(max_triples=most))

    taken = [line for line in lines if line[10] == "KWH"]
    assert [int(line[13]) for line in taken] == counts
    stamps = [stamp for line in taken for stamp in line[14::3]]
    assert (len(set(stamps)), stamps) == (25, sorted(stamps))
    assert [line[10] for line in lines][: 2 * len(counts)] == (
        ["KWH"] * len(counts) + ["GKWH"] * len(counts)
    )


def test_one_reading_a_line_splits_registers_too() -> None:
    lines = written(worked_day(), DAYS, CmepOut(max_triples=1))

    assert {line[13] for line in lines} == {"1"}
    registers = [line[14:] for line in lines if line[10] == "KWHREG"]
    assert registers == [
        ["202411030400", "", "1234.500"], ["202411040500", "", "1259.625"]
    ]  # fmt: skip


@pytest.mark.parametrize("most", [256, 400, 1000, 2048])
def test_a_line_is_never_longer_than_the_partner_takes(most: int) -> None:
    hours = dict.fromkeys(DAYS[0], hour("12345678.123456"))

    lines = written(
        hours, DAYS, CmepOut(max_line=most), opening=(Decimal(0), Decimal(0))
    )

    assert max(len(",".join(line)) for line in lines) <= most - len("\r\n")
    assert sum(int(line[13]) for line in lines if line[10] == "KWH") == 25


def test_customer_ids_and_purposes_are_the_partners() -> None:
    profile = CmepOut(sender_customer_id="S-1", receiver_customer_id="R-1")
    message = replace(NISC, purpose="RESEND")

    body = write(meters_of({"M1": worked_day()}), DAYS, profile, message)

    head = body.split(b",")[:9]
    assert head[2:6] == [b"NHEC", b"S-1", b"NISCMDM", b"R-1"]
    assert head[8] == b"RESEND"


def test_compact_lines_say_the_first_time_only_and_read_back_the_same() -> None:
    hours = meters_of({"TER0001": worked_day()})
    full, compact = (write(hours, DAYS, CmepOut(times=t)) for t in ("full", "compact"))

    taken = compact.decode().split("\r\n")[0].split(",")

    assert taken[14::3] == ["202411030500"] + [""] * 24
    spec = CmepProfile(has_limits=True)
    said = [[line.record for line in read_back(b, spec)] for b in (full, compact)]
    assert said[0] == said[1]
    assert b",,2,202411030400,,1234.500,202411040500," in compact


def test_local_times_repeat_in_autumn_in_the_order_they_came() -> None:
    taken, *_, register, _ = written(worked_day(), DAYS, LOCAL)

    assert taken[14:23:3] == ["202411030100", "202411030100", "202411030200"]
    assert taken[14::3][-1] == "202411040000"
    assert register[14::3] == ["202411030000", "202411040000"]
    assert taken[6] == "202411040105"


def test_local_times_leave_out_the_hour_that_spring_leaves_out() -> None:
    days = starts_of(CLOCKS_FORWARD)

    taken = written({s: hour("1") for s in days[0]}, days, LOCAL)[0]

    assert taken[13] == "23"
    assert taken[14:23:3] == ["202403100100", "202403100300", "202403100400"]


@pytest.mark.parametrize("day", [CLOCKS_FORWARD, PLAIN_DAY, CLOCKS_BACK])
def test_local_times_read_back_as_the_same_instants(day: date) -> None:
    days = starts_of(day)
    hours = {s: hour("1") for s in days[0]}

    body = write(meters_of({"M1": hours}), days, LOCAL)

    taken = read_back(body, CmepProfile(zone=ZoneInfo("America/New_York")))[0]
    utc = read_back(write(meters_of({"M1": hours}), days), CmepProfile())[0]
    assert taken.record.readings == utc.record.readings


def test_a_local_time_that_would_stand_twice_is_refused_unless_order_tells() -> None:
    profile = replace(LOCAL, repeated_hour="refuse")

    with pytest.raises(InputError, match=r"202411030100 .* twice.*repeated_hour"):
        written(worked_day(), DAYS, profile)

    days = starts_of(PLAIN_DAY)
    assert written({s: hour("1") for s in days[0]}, days, profile)


def test_flags_are_spelt_in_the_partners_dialect() -> None:
    nisc = CmepOut(flags=CmepFlags(valid="A", raw="R0", estimated="E0", missing="N0"))
    hours = worked_day()
    first = list(hours)
    hours[first[0]] = hour("1", heard=1, missing=3599)
    hours[first[1]] = hour("1", quality="E")
    hours[first[2]] = hour("1", heard=0)

    taken, _, register, _ = written(hours, DAYS, nisc)

    assert taken[15::3] == ["R0", "E0", "N0"] + ["A"] * 22
    assert taken[22] == ""
    assert register[15::3] == ["R0", "R0"]


@pytest.mark.parametrize(
    ("registers", "stamps"),
    [
        ("opening_and_closing", ["202411030400", "202411040500"]),
        ("closing", ["202411040500"]),
        ("none", None),
    ],
)
def test_registers_are_sent_as_the_partner_wants_them(
    registers: str, stamps: list[str] | None
) -> None:
    lines = written(worked_day(), DAYS, CmepOut(registers=registers))

    read = [line[14::3] for line in lines if line[10] == "KWHREG"]
    assert read == ([] if stamps is None else [stamps])
    closings = [line[-1] for line in lines if line[10] == "KWHREG"]
    assert closings == ([] if stamps is None else ["1259.625"])


def test_a_line_may_end_with_an_empty_field_or_a_checksum() -> None:
    plain, empty, summed = (
        texts(CmepOut(trailing_crc=kind)) for kind in ("none", "empty", "crc16arc")
    )

    assert empty == [f"{line}," for line in plain]
    for line, with_sum in zip(plain, summed, strict=True):
        assert with_sum == f"{line},H{crc16_arc(f'{line},'.encode()):04X}"


@pytest.mark.parametrize(
    ("least", "sent"), [(0, "2"), (1, "2.0"), (3, "2.000"), (6, "2.000000")]
)
def test_a_value_has_at_least_the_places_the_partner_wants(
    least: int, sent: str
) -> None:
    hours = worked_day() | {DAYS[0][0]: hour("2"), DAYS[0][1]: hour("1.234567")}

    taken = written(hours, DAYS, CmepOut(least_decimals=least))[0]

    assert (taken[16], taken[19]) == (sent, "1.234567")


def test_a_meter_with_more_places_than_the_partner_takes_is_refused_by_name() -> None:
    hours = worked_day() | {DAYS[0][1]: hour("1.23456")}

    assert refusal_of(hours, DAYS, CmepOut(most_decimals=5)) == ""
    why = refusal_of(hours, DAYS, CmepOut(most_decimals=4))
    assert "TER0001, KWH, 2024-11-03 06:00" in why
    assert "4 places" in why


def test_the_file_name_is_the_partners() -> None:
    profile = CmepOut(file_name="{receiver}-{date}.{job}.cme")

    name = file_name(profile, Message("NHEC", "NISCMDM", "OK", MADE_AT), 7)

    assert name == "NISCMDM-20241104.0000007.cme"
