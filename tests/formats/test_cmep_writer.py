"""CMEP out: the limits of a line, plain digits, and what is refused by name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.formats.cmep import (
    CmepPartner,
    CmepReading,
    CmepRecord,
    file_name,
    write_records,
)
from ter_pipelines.vocab.errors import InputError

MADE_AT = datetime(2024, 11, 4, 6, 5, tzinfo=UTC)
NISC = CmepPartner(sender_id="NHEC", receiver_id="NISCMDM")
FIRST_END = datetime(2024, 11, 3, 5, tzinfo=UTC)


def readings(count: int, value: str = "1.250") -> tuple[CmepReading, ...]:
    quarter = timedelta(minutes=15)
    return tuple(
        CmepReading(FIRST_END + i * quarter, "R", Decimal(value)) for i in range(count)
    )


def record(count: int = 1, value: str = "1.250", **changes: str) -> CmepRecord:
    return CmepRecord(
        meter_id=changes.get("meter_id", "TER0001"),
        purpose=changes.get("purpose", "OK"),
        units=changes.get("units", "KWH"),
        constant=Decimal(1),
        interval=changes.get("interval", "00000015"),
        readings=readings(count, value),
    )


def written(*records: CmepRecord, partner: CmepPartner = NISC) -> list[str]:
    body = write_records(records, partner=partner, made_at_utc=MADE_AT)
    assert body.endswith(b"\r\n")
    return body.decode("ascii").split("\r\n")[:-1]


def refusal_of(bad: CmepRecord, partner: CmepPartner = NISC) -> str:
    with pytest.raises(InputError) as refused:
        write_records([bad], partner=partner, made_at_utc=MADE_AT)
    return str(refused.value)


def test_places_given_are_places_written() -> None:
    [line] = written(record(value="1.2500"))

    assert line.endswith(",R,1.2500")


@pytest.mark.parametrize("value", ["1E+2", "1E-7", "0E-7", "1.5E3"])
def test_an_exponent_is_never_written(value: str) -> None:
    [line] = written(record(value=value))

    sent = line.rsplit(",", 1)[1]
    assert set(sent) <= set("0123456789.")
    assert Decimal(sent) == Decimal(value)


@pytest.mark.parametrize(
    ("count", "per_line"),
    [
        (1, [1]), (48, [48]), (49, [48, 1]), (92, [48, 44]), (96, [48, 48]),
        (100, [48, 48, 4]),
    ],
)  # fmt: skip
def test_a_line_holds_at_most_48_readings(count: int, per_line: list[int]) -> None:
    lines = written(record(count))

    assert [int(line.split(",")[13]) for line in lines] == per_line
    stamps = [stamp for line in lines for stamp in line.split(",")[14::3]]
    assert len(set(stamps)) == count
    assert stamps == sorted(stamps)


def test_a_line_is_never_longer_than_the_partner_takes() -> None:
    one = len(written(record(9))[0]) + len("\r\n")

    fits = written(record(9), partner=replace(NISC, max_line=one))
    too_long = written(record(9), partner=replace(NISC, max_line=one - 1))

    assert len(fits) == 1
    assert [line.split(",")[13] for line in too_long] == ["8", "1"]


def test_a_partner_may_take_whole_days_of_five_minutes() -> None:
    wide = replace(NISC, max_triples=288, max_line=100_000)

    assert len(written(record(288), partner=wide)) == 1
    assert len(written(record(288))) == 6


def test_the_longest_values_stay_within_2048_characters() -> None:
    lines = written(record(96, value="1234567890.12345"))

    assert max(len(line) for line in lines) <= 2048 - len("\r\n")


@pytest.mark.parametrize("partner", [
    replace(NISC, max_line=90), replace(NISC, max_triples=0),
])  # fmt: skip
def test_a_reading_that_fits_no_line_is_refused(partner: CmepPartner) -> None:
    assert "TER0001" in refusal_of(record(), partner)


@pytest.mark.parametrize(
    "meter_id",
    ["", "TER0001234567", "A,B", 'A"B', "A'B", "A B", "A\r\nB", "MÈTRE", "A\x00"],
)
def test_a_meter_id_that_cannot_be_sent_is_refused_by_name(meter_id: str) -> None:
    message = refusal_of(record(meter_id=meter_id))

    assert repr(meter_id) in message
    assert "12" in message


def test_a_meter_id_of_twelve_characters_stays_text() -> None:
    [line] = written(record(meter_id="000000000012"))

    assert line.split(",")[7] == "000000000012"


@pytest.mark.parametrize("sender", ["", "A" * 17, "N,HEC"])
def test_a_company_id_that_cannot_be_sent_is_refused(sender: str) -> None:
    assert "16" in refusal_of(record(), replace(NISC, sender_id=sender))


@pytest.mark.parametrize("units", ["KWH", "GKWH"])
def test_negative_energy_is_refused_in_either_direction(units: str) -> None:
    assert "TER0001" in refusal_of(record(value="-0.001", units=units))
    assert written(record(value="-0.001", units="NKWH"))


@pytest.mark.parametrize("value", ["12345678901.12345", "NaN", "Infinity"])
def test_a_number_over_16_characters_is_refused(value: str) -> None:
    bad = record(value="1")
    bad = replace(bad, readings=(CmepReading(FIRST_END, "R", Decimal(value)),),
                  units="KWHREG")  # fmt: skip

    assert "16" in refusal_of(bad)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (record(purpose="CORRECT"), "purpose 'CORRECT'"),
        (record(units="MWH"), "units 'MWH'"),
        (record(interval="60"), "interval '60'"),
        (record(interval="00000060"), "interval '00000060'"),
        (record(interval="00002400"), "interval '00002400'"),
    ],
)
def test_an_unknown_code_word_is_refused(bad: CmepRecord, said: str) -> None:
    assert said in refusal_of(bad)


@pytest.mark.parametrize(("flag", "value"), [("N", Decimal(1)), ("R", None), ("X", 1)])
def test_flag_and_value_may_not_contradict(flag: str, value: Decimal | None) -> None:
    bad = replace(record(), readings=(CmepReading(FIRST_END, flag, value),))

    assert repr(flag) in refusal_of(bad)


def test_times_must_rise_on_whole_minutes() -> None:
    twice = readings(1) * 2
    odd = CmepReading(FIRST_END + timedelta(seconds=1), "R", Decimal(1))

    assert "rising" in refusal_of(replace(record(), readings=twice))
    assert "minute" in refusal_of(replace(record(), readings=(odd,)))
    assert "no KWH readings" in refusal_of(replace(record(), readings=()))


def test_a_file_name_carries_utility_minute_and_job() -> None:
    eastern = datetime.fromisoformat("2022-03-15T10:15:59-04:00")

    assert file_name("NHEC", eastern, 42) == "NHEC_MEPMD01V1_20220315_1415_0000042.dat"


@pytest.mark.parametrize(
    ("utility", "job"), [("../up", 0), ("", 0), ("A_B", 0), ("NHEC", -1),
                         ("NHEC", 10_000_000)],
)  # fmt: skip
def test_a_file_name_that_is_no_name_is_refused(utility: str, job: int) -> None:
    with pytest.raises(InputError):
        file_name(utility, MADE_AT, job)
