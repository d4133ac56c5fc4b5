"""A file that corrects an earlier one: what it says otherwise is marked adjusted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import polars as pl

from ter_pipelines.formats.cmep import scan_file
from ter_pipelines.vocab.cmep_out import CmepFlags, CmepOut
from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    NISC,
    hour,
    meters_of,
    starts_of,
    worked_day,
    write,
)
from tests.formats.plain_cmep import Hour

DAYS = starts_of(CLOCKS_BACK)
RESEND = replace(NISC, purpose="RESEND")
FIRST, SECOND, THIRD = DAYS[0][:3]
Hours = Mapping[datetime, Hour]


def flags_of(body: bytes, line: int = 0) -> list[str]:
    return body.decode().split("\r\n")[line].split(",")[15::3]


def said(body: bytes) -> pl.DataFrame:
    return pl.concat(scan_file(BytesIO(body), UTC))


def resent(
    before: bytes, hours: dict[datetime, Hour], profile: CmepOut | None = None
) -> bytes:
    meters = meters_of({"TER0001": hours}, earlier=said(before))
    return write(meters, DAYS, profile, RESEND)


def first_file(hours: Hours, profile: CmepOut | None = None) -> bytes:
    return write(meters_of({"TER0001": hours}), DAYS, profile)


def test_a_value_that_changed_is_adjusted_and_so_are_the_registers_behind_it() -> None:
    before = first_file(worked_day())

    body = resent(before, worked_day() | {SECOND: hour("1.350")})

    assert flags_of(body) == ["", "A"] + [""] * 23
    assert flags_of(body, 2) == ["A", "A"]
    assert b",RESEND,E,KWH," in body


def test_a_value_that_was_adjusted_stays_so_in_the_versions_after() -> None:
    before = first_file(worked_day())
    changed = worked_day() | {SECOND: hour("1.350")}

    body = resent(resent(before, changed), changed | {THIRD: hour("9")})

    assert flags_of(body) == ["", "A", "A"] + [""] * 22


def test_export_that_changed_marks_its_hour() -> None:
    start = DAYS[0][10]

    body = resent(first_file(worked_day()), worked_day() | {start: hour("-0.5")})

    assert flags_of(body, 1)[10] == "A"


def test_what_was_missing_and_is_heard_now_was_never_sent_and_is_not_adjusted() -> None:
    before = first_file(worked_day() | {SECOND: hour("0", heard=0)})

    assert flags_of(resent(before, worked_day())) == [""] * 25


def test_an_estimate_that_was_replaced_is_adjusted_and_a_new_one_is_an_estimate() -> (
    None
):
    before = first_file(worked_day() | {FIRST: hour("2", quality="E")})

    body = resent(before, worked_day() | {SECOND: hour("2", quality="E")})

    assert flags_of(body)[:3] == ["A", "E", ""]


def test_the_same_again_has_no_marks() -> None:
    assert set(flags_of(resent(first_file(worked_day()), worked_day()))) == {""}


def test_a_partner_whose_good_readings_are_a_sees_a_everywhere() -> None:
    nisc = CmepOut(flags=CmepFlags(valid="A"))

    body = resent(
        first_file(worked_day(), nisc), worked_day() | {SECOND: hour("9")}, nisc
    )

    assert set(flags_of(body)) == {"A"}
