"""A local day in CMEP: the worked day byte for byte, its registers, missing hours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.formats.cmep import (
    CmepPartner,
    CmepRecord,
    MeteredHour,
    day_records,
    write_records,
)
from ter_pipelines.vocab.errors import InputError

GOLDEN = Path(__file__).parents[1] / "examples" / "cmep_2024-11-03.dat"
MADE_AT = datetime(2024, 11, 4, 6, 5, tzinfo=UTC)
NISC = CmepPartner(sender_id="NHEC", receiver_id="NISCMDM")
FIRST_END = datetime(2024, 11, 3, 5, tzinfo=UTC)
OPENING = (Decimal("1234.500000"), Decimal("88.250000"))
NET_KWH = [
    "1.250", "1.100", "1.050", "1.000", "0.950", "0.900", "0.875", "1.200", "1.500",
    "0.400", "-0.300", "-1.100", "-1.750", "-2.000", "-1.800", "-1.150", "-0.250",
    "0.650", "2.100", "2.600", "2.450", "2.200", "1.900", "1.600", "1.400",
]  # fmt: skip


def worked_day(flag: str = "R") -> list[MeteredHour]:
    hours = []
    for i, net in enumerate(Decimal(text) for text in NET_KWH):
        zero = Decimal("0.000000")
        taken, given = max(net, zero), max(-net, zero)
        end = FIRST_END + timedelta(hours=i)
        hours.append(MeteredHour(end, taken + zero, given + zero, flag))
    return hours


def written(*records: CmepRecord) -> list[str]:
    body = write_records(records, partner=NISC, made_at_utc=MADE_AT)
    return body.decode("ascii").split("\r\n")[:-1]


def test_the_worked_day_is_written_byte_for_byte() -> None:
    records = day_records("TER0001", worked_day(), *OPENING, "OK")

    body = write_records(records, partner=NISC, made_at_utc=MADE_AT)

    assert body == GOLDEN.read_bytes()
    lines = body.splitlines(keepends=True)
    assert [len(line) for line in lines] == [574, 531, 119, 116]
    assert [line.count(b",") + 1 for line in lines] == [89, 89, 20, 20]


def test_register_differences_are_the_sums_of_the_day() -> None:
    taken, given, taken_register, given_register = day_records(
        "TER0001", worked_day(), *OPENING, "OK"
    )

    for hours, register, total in (
        (taken, taken_register, "25.125"),
        (given, given_register, "8.350"),
    ):
        opening, closing = (reading.value or 0 for reading in register.readings)
        assert sum(reading.value or 0 for reading in hours.readings) == Decimal(total)
        assert closing - opening == Decimal(total)


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_registers_stand_at_the_start_and_the_end_of_the_day(hours: int) -> None:
    day = worked_day()[:hours]

    register = day_records("TER0001", day, *OPENING, "OK")[2]

    assert [reading.end_utc for reading in register.readings] == [
        FIRST_END - timedelta(hours=1),
        FIRST_END + timedelta(hours=hours - 1),
    ]
    assert register.interval == ""


def test_validated_values_carry_no_flag() -> None:
    records = day_records("TER0001", worked_day(flag=""), *OPENING, "RESEND")

    first, *_, register = written(*records)

    assert ",RESEND,E,KWH,1,00000100,25,202411030500,,1.250," in first
    assert register.endswith(",202411030400,,88.250,202411040500,,96.600")


def test_a_missing_hour_is_sent_empty_and_counts_nothing() -> None:
    day = [MeteredHour(FIRST_END, None, None, "N"), *worked_day(flag="")[1:]]

    taken, given, register, _ = written(*day_records("TER0001", day, *OPENING, "OK"))

    assert ",25,202411030500,N,,202411030600,,1.100," in taken
    assert ",25,202411030500,N,,202411030600,,0," in given
    assert register.endswith(",202411030400,E,1234.500,202411040500,E,1258.375")


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("0.000000", "0"), ("-0.000000", "0"), ("2.000000", "2.000"),
        ("0.100000", "0.100"), ("0.123400", "0.1234"), ("0.123450", "0.12345"),
        ("0.000001", "0.000001"), ("12345678.123456", "12345678.123456"),
    ],
)  # fmt: skip
def test_energy_keeps_every_digit_and_at_least_three_places(
    stored: str, sent: str
) -> None:
    hour = MeteredHour(FIRST_END, Decimal(stored), Decimal("0.000000"), "R")

    line = written(*day_records("TER0001", [hour], Decimal(0), Decimal(0), "OK"))[0]

    assert line.endswith(f",1,202411030500,R,{sent}")


def test_hours_of_a_day_must_follow_each_other() -> None:
    day = worked_day()
    del day[3]

    with pytest.raises(InputError, match="2024-11-03T08:00:00Z"):
        day_records("TER0001", day, *OPENING, "OK")
    with pytest.raises(InputError, match="no hours"):
        day_records("TER0001", [], *OPENING, "OK")


@pytest.mark.parametrize(
    ("taken", "given", "flag"),
    [(None, None, "R"), (Decimal(1), None, "N"), (Decimal(1), Decimal(0), "N")],
)
def test_an_hour_is_missing_in_both_directions_or_in_none(
    taken: Decimal | None, given: Decimal | None, flag: str
) -> None:
    hour = MeteredHour(FIRST_END, taken, given, flag)

    with pytest.raises(InputError, match="TER0001"):
        day_records("TER0001", [hour], *OPENING, "OK")
