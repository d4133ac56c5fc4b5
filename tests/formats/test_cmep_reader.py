"""CMEP in: what is written reads back, and a line that breaks a rule is named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.cmep import (
    CmepLine,
    CmepReading,
    CmepRecord,
    read_cmep,
)
from ter_pipelines.vocab.errors import FormatError
from tests.formats.plain_cmep import write_records

GOLDEN = Path(__file__).parents[1] / "examples" / "cmep_2024-11-03.dat"
MADE_AT = datetime(2024, 11, 4, 6, 5, tzinfo=UTC)
HEADER = "MEPMD01,19970819,NHEC,,NISCMDM,,202411040605,TER0001,OK,E,KWH,1,00000100"
LINE = f"{HEADER},2,202411030500,R,1.250,202411030600,R,1.100"


def read(*lines: str, is_strict: bool = False) -> list[CmepLine]:
    return read_cmep("".join(f"{line}\r\n" for line in lines).encode("latin-1"),
                     is_strict=is_strict)  # fmt: skip


def readings_of(triples: str, header: str = HEADER) -> tuple[CmepReading, ...]:
    count = len(triples.split(",")) // 3
    [line] = read(f"{header},{count},{triples}")
    return line.record.readings


def values_of(triples: str) -> list[Decimal | None]:
    return [reading.value for reading in readings_of(triples)]


def ends_of(triples: str, interval: str = "00000100") -> list[str]:
    header = HEADER.replace("00000100", interval)
    return [f"{r.end_utc:%Y%m%d%H%M}" for r in readings_of(triples, header)]


def refusal_of(line: str, *, is_strict: bool = False) -> str:
    with pytest.raises(FormatError) as refused:
        read(LINE, line, is_strict=is_strict)
    message = str(refused.value)
    assert message.startswith(("CMEP file, line 2: ", "CMEP file, line 2, triple "))
    return message


def test_the_worked_day_reads_back_as_it_was() -> None:
    lines = read_cmep(GOLDEN.read_bytes(), is_strict=True)

    first, last = lines[1].record, lines[3].record
    assert [line.record.units for line in lines] == [
        "KWH",
        "GKWH",
        "KWHREG",
        "GKWHREG",
    ]
    assert [len(line.record.readings) for line in lines] == [25, 25, 2, 2]
    assert sum(reading.value or 0 for reading in first.readings) == Decimal("8.350")
    assert first.readings[10] == CmepReading(
        datetime(2024, 11, 3, 15, tzinfo=UTC), "R", Decimal("0.300")
    )
    assert (last.interval, last.constant, last.purpose) == ("", Decimal(1), "OK")
    assert lines[0].header.made_at_utc == MADE_AT
    header = lines[0].header
    assert (header.sender_id, header.receiver_id) == ("NHEC", "NISCMDM")
    assert [line.findings for line in lines] == [()] * 4
    assert [line.line_number for line in lines] == [1, 2, 3, 4]


_VALUES = st.decimals(min_value=0, max_value=10**8, places=6) | st.decimals(
    min_value=0, max_value=10**8, places=3
)
_METER_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,11}", fullmatch=True)
_MINUTES = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001
    max_value=datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda instant: instant.replace(second=0, microsecond=0))


@st.composite
def cmep_records(draw: st.DrawFn) -> CmepRecord:
    first = draw(_MINUTES)
    values = draw(st.lists(_VALUES | st.none(), min_size=1, max_size=120))
    flags = st.sampled_from(["", "R", "E", "A"])
    return CmepRecord(
        meter_id=draw(_METER_IDS),
        purpose=draw(st.sampled_from(["OK", "RESEND"])),
        units=draw(st.sampled_from(["KWH", "GKWH", "KWHREG", "GKWHREG"])),
        constant=draw(st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(120)])),
        interval="00000015",
        readings=tuple(
            CmepReading(
                first + i * timedelta(minutes=15),
                "N" if value is None else draw(flags),
                value,
            )
            for i, value in enumerate(values)
        ),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(cmep_records())
def test_what_is_written_reads_back_equal(written: CmepRecord) -> None:
    body = write_records([written], made_at_utc=MADE_AT)

    lines = read_cmep(body, is_strict=True)

    together = [reading for line in lines for reading in line.record.readings]
    assert tuple(together) == written.readings
    for line in lines:
        assert (line.record.meter_id, line.record.units, line.record.purpose) == (
            written.meter_id,
            written.units,
            written.purpose,
        )
        assert line.record.constant == written.constant
        assert line.record.interval == written.interval
        assert line.findings == ()


def test_what_is_read_is_written_back_equal() -> None:
    [line] = read(LINE)

    body = write_records([line.record], made_at_utc=MADE_AT)

    assert body == f"{LINE}\r\n".encode()


def test_an_empty_file_has_no_records() -> None:
    assert read_cmep(b"") == []


@pytest.mark.parametrize(("tail", "checksum"), [(",", ""), (",HBB3D", "HBB3D")])
def test_one_more_field_may_be_empty_or_a_checksum(tail: str, checksum: str) -> None:
    [line] = read(LINE + tail)

    assert line.checksum == checksum
    assert len(line.record.readings) == 2


@pytest.mark.parametrize("tail", [",H123", ",hbb3d", ",0", ",,", ",R,1", ",H12345"])
def test_anything_else_behind_the_readings_is_refused(tail: str) -> None:
    assert "expected 20" in refusal_of(LINE + tail)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_record_with_too_few_fields_is_refused(cut: int) -> None:
    assert "count of 2" in refusal_of(LINE.rsplit(",", cut)[0])


def test_an_empty_time_is_one_interval_after_the_one_before() -> None:
    assert ends_of("202411030500,R,1,,R,1,,R,1") == [
        "202411030500",
        "202411030600",
        "202411030700",
    ]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("202401310000", ["202401310000", "202402290000", "202403290000"]),
        ("202301310000", ["202301310000", "202302280000", "202303280000"]),
        ("202311300000", ["202311300000", "202312300000", "202401300000"]),
    ],
)
def test_a_month_is_a_calendar_month_from_the_time_before(
    first: str, expected: list[str]
) -> None:
    assert ends_of(f"{first},R,1,,R,1,,R,1", "01000000") == expected


def test_a_short_interval_is_padded_with_a_remark() -> None:
    [line] = read(LINE.replace("00000100", "60"))

    assert line.record.interval == "00000060"
    assert "60" in line.findings[0].reason
    assert ends_of("202411030500,R,1,,R,1", "60") == ["202411030500", "202411030600"]


def test_times_that_contradict_the_interval_are_remarked() -> None:
    [line] = read(LINE.replace("00000100", "00000015"))

    assert "202411030600" in line.findings[0].reason


@pytest.mark.parametrize("triples", [",R,1", "202411030500,R,1,,R,1"])
def test_a_time_that_cannot_be_filled_in_is_refused(triples: str) -> None:
    header = HEADER.replace("00000100", "")
    count = len(triples.split(",")) // 3

    assert "time" in refusal_of(f"{header},{count},{triples}")


@pytest.mark.parametrize("flag", ["N", "N0", "N32"])
@pytest.mark.parametrize("value", ["", "0", "123.4"])
def test_what_is_marked_missing_is_missing(flag: str, value: str) -> None:
    [reading] = readings_of(f"202411030500,{flag},{value}")

    assert (reading.flag, reading.value) == (flag, None)


@pytest.mark.parametrize("flag", ["", "R", "E", "A", "R0", "A64", "R 00 00"])
def test_flags_stay_as_sent(flag: str) -> None:
    [reading] = readings_of(f"202411030500,{flag},1.5")

    assert (reading.flag, reading.value) == (flag, Decimal("1.5"))


@pytest.mark.parametrize("flag", ["X", "V", "RR", "r", "0", "R-1", "None"])
def test_an_unknown_flag_is_refused(flag: str) -> None:
    assert "flag" in refusal_of(f"{HEADER},1,202411030500,{flag},1.5")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.5E2", "150"), ("15e-1", "1.5"), ("1.5D2", "150"), ("15d-1", "1.5"),
     ("+2", "2"), (".5", "0.5"), (" 7 ", "7")],
)  # fmt: skip
def test_numbers_may_have_an_exponent_letter(text: str, value: str) -> None:
    assert values_of(f"202411030500,R,{text}") == [Decimal(value)]


@pytest.mark.parametrize(
    "value", ["", "None", "NaN", "inf", "1_0", "0x1", "1E99", "-1"]
)
def test_a_value_that_is_no_energy_is_refused(value: str) -> None:
    assert "2024-11-03T05:00Z" in refusal_of(f"{HEADER},1,202411030500,R,{value}")


@pytest.mark.parametrize(
    "stamp",
    ["202411032400", "202411030560", "202413010000", "20241103", "today", "2" * 99],
)  # fmt: skip
def test_a_time_that_is_no_minute_is_refused(stamp: str) -> None:
    assert "CCYYMMDDHHMM" in refusal_of(f"{HEADER},1,{stamp},R,1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("MEPMD01", "MEPMD02", "MEPMD02"), ("MEPMD01", "", "''"),
        ("19970819", "1.20", "version"), (",OK,", ",CORRECT,", "CORRECT"),
        (",E,", ",X,", "commodity"), (",KWH,", ",MWH,", "MWH"),
        (",KWH,1,", ",KWH,x,", "calculation constant"),
        ("00000100", "0000010O", "interval"), ("TER0001", "", "meter id"),
        ("202411040605", "202411042405", "202411042405"),
        (",2,", ",two,", "count"), (",2,", ",-2,", "count"), (",2,", ",,", "count"),
        (",2,", ",9999999,", "count"), (",2,", ",999999,", "999999"),
        (",2,", ',"2,', "told apart"), ("NHEC", "NH\u00c9C", "ASCII"),
        ("NHEC", "NH\nEC", "14"), ("NHEC", "NH\rEC", "CR LF"),
        (",KWH,1,", ",KWH,0,", "above zero"), (",KWH,1,", ",KWH,-1,", "above zero"),
    ],
)  # fmt: skip
def test_a_field_that_breaks_its_rule_is_refused(old: str, new: str, said: str) -> None:
    assert said in refusal_of(LINE.replace(old, new, 1))


def test_an_empty_line_is_refused() -> None:
    assert "empty line" in refusal_of("")


@pytest.mark.parametrize("body", [LINE, f"{LINE}\r\n{LINE}", f"{LINE}\r"])
def test_a_file_not_ended_by_cr_lf_is_refused(body: str) -> None:
    with pytest.raises(FormatError, match="CR LF"):
        read_cmep(body.encode())


def test_an_empty_constant_is_one_and_quotes_hold_commas() -> None:
    [line] = read(LINE.replace("KWH,1,", "KWH,,").replace("NHEC,,", 'NHEC, "a,b",'))

    assert line.record.constant == 1
    assert line.header.sender_customer_id == "a,b"


def test_long_lines_are_read_unless_asked_to_be_strict() -> None:
    triples = ",".join(["202411030500,R,1.250"] + [",R,1.250"] * 287)
    line = f"{HEADER},288,{triples}"
    many = f"{HEADER},49," + ",".join(["202411030500,R,1"] + [",R,1"] * 48)

    assert len(read(line)[0].record.readings) == 288
    assert "2048" in refusal_of(line, is_strict=True)
    assert "48" in refusal_of(many, is_strict=True)
