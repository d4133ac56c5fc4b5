"""What the first TER application got wrong in its CMEP files, ours gets right.

One name in URL and body, and a file that is kept, retried and sent once, are held by
tests/pipeline/test_outbox.py; that a switch is true or false and no text by
tests/vocab/test_cmep_out.py; that a device nobody listed has no meter by
tests/metering/test_mapping.py and tests/assets/test_failures.py.
"""

from datetime import date

import pytest

from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    CLOCKS_FORWARD,
    PLAIN_DAY,
    hour,
    meters_of,
    starts_of,
    worked_day,
    write,
    written,
)

DAYS = [CLOCKS_FORWARD, PLAIN_DAY, CLOCKS_BACK]


def test_an_empty_field_is_empty_and_never_a_word() -> None:
    hours = worked_day() | {starts_of(CLOCKS_BACK)[0][0]: hour("1", heard=0)}

    lines = written(hours, starts_of(CLOCKS_BACK))

    assert {(line[3], line[5]) for line in lines} == {("", "")}
    assert {line[12] for line in lines if line[10].endswith("REG")} == {""}
    words = {field for line in lines for field in line}
    assert not {"None", "nan", "NaN", "null"} & words


def test_the_interval_is_a_duration_of_eight_digits() -> None:
    lines = written(worked_day(), starts_of(CLOCKS_BACK))

    intervals = {line[10]: line[12] for line in lines}
    assert intervals == {
        "KWH": "00000100", "GKWH": "00000100", "KWHREG": "", "GKWHREG": ""
    }  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_times_are_the_ends_of_intervals(day: date) -> None:
    (starts,) = days = starts_of(day)

    taken = written({s: hour("1") for s in starts}, days)[0]

    following = [*starts[1:], starts_of(date.fromordinal(day.toordinal() + 1))[0][0]]
    assert taken[14::3] == [f"{end:%Y%m%d%H%M}" for end in following]


def test_every_line_ends_with_carriage_return_and_line_feed() -> None:
    body = write(meters_of({"TER0001": worked_day()}), starts_of(CLOCKS_BACK))

    assert body.count(b"\r\n") == body.count(b"\n") == body.count(b"\r") == 4
    assert body.endswith(b"\r\n")


def test_registers_are_made_from_the_hours_so_a_repeat_counts_nothing_twice() -> None:
    days = starts_of(CLOCKS_BACK)

    once, again = (written(worked_day(), days) for _ in range(2))

    assert once == again
    assert once[2][14:] == [
        "202411030400", "", "1234.500", "202411040500", "", "1259.625"
    ]  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_the_closing_register_stands_at_the_end_of_the_last_hour(day: date) -> None:
    (starts,) = days = starts_of(day)

    lines = written({s: hour("1") for s in starts}, days)

    for hours, register in ((lines[0], lines[2]), (lines[1], lines[3])):
        assert register[14::3] == [f"{starts[0]:%Y%m%d%H%M}", hours[14::3][-1]]


@pytest.mark.parametrize("day", DAYS)
def test_hours_stand_in_the_order_of_time_with_gaps_named_however_they_came(
    day: date,
) -> None:
    (starts,) = days = starts_of(day)
    backwards = {s: hour(str(i)) for i, s in reversed(list(enumerate(starts)))}
    del backwards[starts[5]]

    taken = written(backwards, days)[0]

    stamps, flags, values = taken[14::3], taken[15::3], taken[16::3]
    assert stamps == sorted(stamps)
    assert (flags[5], values[5]) == ("N", "")
    del values[5]
    expected = [i for i in range(len(starts)) if i != 5]
    assert [int(float(value)) for value in values] == expected
