"""A meter stands in a file for the time that it was in service, and no other."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest

from ter_pipelines.formats.cmep import (
    Days,
    Meters,
    find_unsendable,
    scan_file,
    write_batch,
)
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.formats.cmep_lines import codes, ends, read, shown, values
from tests.formats.cmep_sheets import (
    CLOCKS_BACK,
    CLOCKS_FORWARD,
    NEW_YORK,
    NISC,
    PLAIN_DAY,
    hour,
    meters_of,
    starts_of,
)
from tests.formats.plain_cmep import HOUR, Hour

COMPACT = CmepOut(times="compact")
LOCAL = CmepOut(zone=NEW_YORK, repeated_hour="order")
DAY = timedelta(days=1)
ZERO = Decimal(0), Decimal(0)
Hours = Mapping[datetime, Hour]


def in_service(starts: Sequence[datetime], kwh: str = "1") -> dict[datetime, Hour]:
    return {start: hour(kwh) for start in starts}


def settled(days: Sequence[Sequence[datetime]]) -> Days:
    return Days(days, frozenset(start for day in days for start in day))


def write(
    meters: Mapping[str, Hours],
    days: Days,
    profile: CmepOut | None = None,
    earlier: pl.DataFrame | None = None,
) -> bytes:
    known: Meters = meters_of(meters, earlier=earlier, opening=ZERO)
    assert find_unsendable(known, days, profile or CmepOut()) == {}
    return write_batch(known, days, NISC, profile or CmepOut())


def lines_of(body: bytes, meter_id: str, units: str = "KWH") -> list[list[str]]:
    lines = [line.split(",") for line in body.decode("ascii").split("\r\n")[:-1]]
    return [line for line in lines if (line[7], line[10]) == (meter_id, units)]


def stamp(instant: datetime) -> str:
    return f"{instant:%Y%m%d%H%M}"


@pytest.mark.parametrize(
    ("day", "before_noon"), [(CLOCKS_FORWARD, 11), (PLAIN_DAY, 12), (CLOCKS_BACK, 13)]
)
def test_of_meters_exchanged_at_noon_each_has_its_side_of_it(
    day: date, before_noon: int
) -> None:
    days = starts_of(day - DAY, day, day + DAY)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=NEW_YORK).astimezone(UTC)
    every = [start for starts in days for start in starts]
    old = in_service([start for start in every if start < noon], "2")
    new = in_service([start for start in every if start >= noon], "3")

    body = write({"NEW": new, "OLD": old, "WHOLE": in_service(every)}, settled(days))

    counts = {
        meter: [int(line[13]) for line in lines_of(body, meter)]
        for meter in ("OLD", "NEW", "WHOLE")
    }
    length = len(days[1])
    assert counts == {
        "OLD": [len(days[0]), before_noon],
        "NEW": [12, len(days[2])],
        "WHOLE": [len(days[0]), length, len(days[2])],
    }
    assert lines_of(body, "OLD")[-1][-3:] == [stamp(noon), "", "2.000"]
    assert lines_of(body, "NEW")[0][14:17] == [stamp(noon + HOUR), "", "3.000"]
    closing = 2 * (len(days[0]) + before_noon)
    assert lines_of(body, "OLD", "KWHREG")[-1][14:] == [
        stamp(days[1][0]), "", f"{2 * len(days[0])}.000",
        stamp(noon), "", f"{closing}.000",
    ]  # fmt: skip
    assert lines_of(body, "NEW", "KWHREG")[0][14:] == [
        stamp(noon), "", "0", stamp(days[2][0]), "", "36.000"
    ]  # fmt: skip
    assert b",N," not in body
    assert b",E,0," not in body


def test_meters_of_different_times_stand_in_order_day_by_day() -> None:
    days = starts_of(PLAIN_DAY, PLAIN_DAY + DAY)
    first, second = (in_service(day) for day in days)

    body = write({"A": second, "B": first | second, "C": first}, settled(days))

    heads = [line.split(",") for line in body.decode().splitlines()]
    assert [f[7] for f in heads] == ["A"] * 4 + ["B"] * 8 + ["C"] * 4
    assert [f[10] for f in heads[:4]] == ["KWH", "GKWH", "KWHREG", "GKWHREG"]


def test_a_day_that_was_not_settled_stays_missing() -> None:
    days = starts_of(PLAIN_DAY, PLAIN_DAY + DAY)
    only_first = Days(days, frozenset(days[0]))

    body = write({"M1": in_service(days[0][:12])}, only_first)

    morning, unsettled = lines_of(body, "M1")
    assert (morning[13], set(morning[15::3])) == ("12", {""})
    assert (unsettled[13], set(unsettled[15::3])) == ("24", {"N"})
    assert lines_of(body, "M1", "KWHREG")[1][15::3] == ["E", "E"]


def test_an_hour_in_service_that_was_not_heard_stays_missing() -> None:
    days = starts_of(PLAIN_DAY)
    unheard = {days[0][3]: hour("0", heard=0, missing=3600)}

    body = write({"M1": in_service(days[0][:6]) | unheard}, settled(days))

    (line,) = lines_of(body, "M1")
    assert line[15::3] == ["", "", "", "N", "", ""]


@pytest.mark.parametrize("profile", [CmepOut(), COMPACT])
def test_time_without_the_meter_within_a_day_parts_its_records(
    profile: CmepOut,
) -> None:
    days = starts_of(CLOCKS_BACK)
    kept = [*days[0][:10], *days[0][14:]]

    body = write({"M1": in_service(kept)}, settled(days), profile)

    found, findings = read(body)
    taken = [line for line in found if line.record.units == "KWH"]
    stamps = [line[14::3] for line in lines_of(body, "M1")]
    assert [len(one) for one in stamps] == [10, 11]
    assert codes(findings) == []
    assert ends(taken) == [shown(start + HOUR) for start in kept]
    assert sum(v or 0 for v in values(taken)) == len(kept)
    assert {"" in one for one in stamps} == {profile is COMPACT}
    (register,) = lines_of(body, "M1", "KWHREG")
    assert register[14::3] == [stamp(kept[0]), stamp(kept[-1] + HOUR)]


@pytest.mark.parametrize("profile", [CmepOut(), COMPACT, CmepOut(max_triples=5)])
def test_what_is_written_of_exchanged_meters_is_read_back(profile: CmepOut) -> None:
    days = starts_of(CLOCKS_BACK)
    known = {"NEW": in_service(days[0][13:]), "OLD": in_service(days[0][:13])}

    said = pl.concat(scan_file(BytesIO(write(known, settled(days), profile)), UTC))

    told = said.filter(pl.col("units") == "KWH").rows_by_key("meter_id", named=True)
    assert {m: [row["end_utc"] for row in rows] for m, rows in told.items()} == {
        meter: [start + HOUR for start in hours] for meter, hours in known.items()
    }


def test_hours_that_were_told_before_and_are_the_meters_no_more_are_missing() -> None:
    days = starts_of(PLAIN_DAY)
    before = write({"M1": in_service(days[0])}, settled(days))
    earlier = pl.concat(scan_file(BytesIO(before), UTC))

    moved = {"M1": in_service(days[0][:12]), "M2": in_service(days[0][12:])}
    body = write(moved, settled(days), earlier=earlier)

    (old,), (new,) = lines_of(body, "M1"), lines_of(body, "M2")
    assert old[15::3] == [""] * 12 + ["N"] * 12
    assert (new[13], set(new[15::3])) == ("12", {""})


def test_a_meter_of_which_nothing_is_to_be_told_has_no_lines() -> None:
    days = starts_of(PLAIN_DAY)

    alone = write({"M1": {}}, settled(days))
    beside = write({"M1": {}, "M2": in_service(days[0])}, settled(days))

    assert alone == b""
    assert lines_of(beside, "M1") == []
    assert len(lines_of(beside, "M2")) == 1


def test_a_local_hour_that_autumn_repeats_is_told_twice_or_by_the_earlier() -> None:
    days = starts_of(CLOCKS_BACK)
    # The hours that end at 01:00 twice are the first and the second of the day.
    later, earlier = days[0][1:], days[0][:1]

    body = write({"NEW": in_service(later), "OLD": in_service(earlier)},
                 settled(days), LOCAL)  # fmt: skip

    (new,), (old,) = lines_of(body, "NEW"), lines_of(body, "OLD")
    assert new[14:20] == ["202411030100", "N", "", "202411030100", "", "1.000"]
    assert old[13:] == ["1", "202411030100", "", "1.000"]
    said = pl.concat(scan_file(BytesIO(body), NEW_YORK))
    heard = said.filter((pl.col("units") == "KWH") & pl.col("value").is_not_null())
    assert sorted(heard["end_utc"]) == [start + HOUR for start in days[0]]
