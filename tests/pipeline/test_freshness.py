"""What is out of date is found, whatever died in between; what is not is left alone."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines import arrivals, freshness
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.table import Table
from tests.pipeline.fresh_days import PROGRAMME, content, write
from vtn_service.contract import ReportHead, TouchedSpan

NOV_2, NOV_3, NOV_4 = date(2025, 11, 2), date(2025, 11, 3), date(2025, 11, 4)
RECEIVED = "2025-11-10T12:00:00Z"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def head(
    seq: int, first: str = "2025-11-03T12:00:00Z", end: str = "2025-11-03T13:00:00Z"
) -> ReportHead:
    return ReportHead(seq, "ven-1", RECEIVED, [TouchedSpan(first, end)])


def write_prices(lake: Lake, day: date, submission: int) -> None:
    """Write a day's prices, and the curve made from them."""
    write(lake, tables.PRICE_COMPONENT, day, submission=str(submission))
    made_from = content(lake, tables.PRICE_COMPONENT, day)
    write(lake, tables.PRICE_CURVE, day, price_component=made_from)


@given(
    days=st.lists(st.sets(st.integers(0, 5), min_size=1), max_size=12),
    written=st.dictionaries(st.integers(0, 5), st.integers(0, 15)),
    after_seq=st.integers(0, 3),
)
def test_the_cursor_never_moves_past_an_unwritten_report(
    days: list[set[int]], written: dict[int, int], after_seq: int
) -> None:
    touched = {
        after_seq + i: [date(2025, 11, 1 + d) for d in sorted(numbers)]
        for i, numbers in enumerate(days, start=1)
    }
    seq_of = {date(2025, 11, 1 + d): seq for d, seq in written.items()}

    found = arrivals.find_unread(
        touched.items(), lambda day: seq_of.get(day, 0), after_seq
    )

    lacking = {
        seq: {d for d in days_touched if seq_of.get(d, 0) < seq}
        for seq, days_touched in touched.items()
    }
    written_to = found.written_to
    assert found.days == set().union(*lacking.values())
    assert found.newest == max(touched, default=after_seq)
    assert written_to >= after_seq
    assert not any(lacking[seq] for seq in touched if seq <= written_to)
    assert written_to + 1 not in lacking or lacking[written_to + 1]


@pytest.mark.parametrize(
    ("first", "end", "days"),
    [
        ("2025-11-03T05:00:00Z", "2025-11-04T05:00:00Z", [NOV_3]),
        ("2025-11-03T05:00:00Z", "2025-11-04T05:00:01Z", [NOV_3, NOV_4]),
        ("2025-11-03T04:59:59Z", "2025-11-03T05:00:00Z", [NOV_2]),
        ("2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z", [NOV_2]),
        ("1999-01-01T00:00:00Z", "1999-01-02T00:00:00Z", [date(2025, 11, 10)]),
        ("2025-11-03T06:00:00Z", "2025-11-03T06:00:00Z", [NOV_3]),
    ],
)
def test_a_report_may_be_stored_on_the_local_days_it_touches(
    first: str, end: str, days: list[date]
) -> None:
    assert arrivals.days_of_head(head(1, first, end), PROGRAMME) == days


def test_a_day_never_written_has_read_no_report(lake: Lake) -> None:
    write(lake, tables.VEN_REPORT, NOV_3, report_seq="7")

    assert arrivals.seq_written(lake, NOV_3) == 7
    assert arrivals.seq_written(lake, NOV_4) == 0


def test_a_day_is_unpublished_until_its_newest_prices_are_in_the_lake(
    lake: Lake,
) -> None:
    write_prices(lake, NOV_2, 1)
    write_prices(lake, NOV_3, 2)
    newest = {NOV_4: 3, NOV_3: 4, NOV_2: 1}

    assert freshness.find_unpublished(lake, newest, NOV_4) == [NOV_3, NOV_4]
    assert freshness.find_unpublished(lake, newest, NOV_3) == [NOV_3]
    assert freshness.find_unpublished(lake, newest, NOV_2) == []


def test_a_run_that_died_before_the_curve_leaves_its_day_unpublished(
    lake: Lake,
) -> None:
    write(lake, tables.PRICE_COMPONENT, NOV_3, submission="1")
    without = freshness.find_unpublished(lake, {NOV_3: 1}, NOV_3)
    write(lake, tables.PRICE_CURVE, NOV_3, price_component="of prices before")
    of_other_prices = freshness.find_unpublished(lake, {NOV_3: 1}, NOV_3)

    assert without == of_other_prices == [NOV_3]


def one_row(table: Table, **given: object) -> pl.DataFrame:
    return frame_of(table, [dict.fromkeys(table.column_names) | given])


def test_today_and_tomorrow_are_untold_while_a_ven_has_no_event(lake: Lake) -> None:
    for day in (NOV_2, NOV_3, NOV_4):
        lake.replace(tables.PRICE_CURVE, day, one_row(tables.PRICE_CURVE))
    curve = content(lake, tables.PRICE_CURVE, NOV_3)
    told = one_row(tables.PRICE_EVENT, ven_id="ven-1", curve_sha256=curve)
    lake.publish(tables.PRICE_EVENT, NOV_3, told, after=0)

    assert freshness.find_untold(lake, ["ven-1"], NOV_3) == [NOV_4]
    assert freshness.find_untold(lake, ["ven-1", "ven-2"], NOV_3) == [NOV_3, NOV_4]
    assert freshness.find_untold(lake, ["ven-1"], NOV_4) == [NOV_4]
    assert freshness.find_untold(lake, [], NOV_3) == []


def test_a_ven_that_was_told_another_curve_is_untold(lake: Lake) -> None:
    lake.replace(tables.PRICE_CURVE, NOV_3, one_row(tables.PRICE_CURVE))
    told = one_row(tables.PRICE_EVENT, ven_id="ven-1", curve_sha256="another")
    lake.publish(tables.PRICE_EVENT, NOV_3, told, after=0)

    assert freshness.find_untold(lake, ["ven-1"], NOV_3) == [NOV_3]


def test_a_day_without_prices_has_nothing_to_tell(lake: Lake) -> None:
    write(lake, tables.PRICE_CURVE, NOV_3)

    assert freshness.find_untold(lake, ["ven-1"], NOV_3) == []


def test_a_meter_list_is_mapped_when_the_map_is_made_from_it(lake: Lake) -> None:
    nothing = freshness.is_mapped(lake, 1)
    write(lake, tables.RAW_METER_MAPPING, submission="1")
    died_before_the_map = freshness.is_mapped(lake, 1)
    raw = content(lake, tables.RAW_METER_MAPPING)
    write(lake, tables.METER_MAPPING, meter_mapping=raw)

    assert (nothing, died_before_the_map) == (False, False)
    assert freshness.is_mapped(lake, 1)
    assert not freshness.is_mapped(lake, 2)


@pytest.mark.parametrize(
    ("month", "instant", "is_closed"),
    [
        ("2025-11", datetime(2025, 12, 3, 10, 59, 59, tzinfo=UTC), False),
        ("2025-11", datetime(2025, 12, 3, 11, 0, tzinfo=UTC), True),
        ("2025-12", datetime(2026, 1, 3, 10, 59, 59, tzinfo=UTC), False),
        ("2025-12", datetime(2026, 1, 3, 11, 0, tzinfo=UTC), True),
        ("2026-02", datetime(2026, 3, 3, 11, 0, tzinfo=UTC), True),
        ("2026-02", datetime(2026, 3, 3, 10, 59, 59, tzinfo=UTC), False),
        ("2026-06", datetime(2026, 7, 3, 9, 59, 59, tzinfo=UTC), False),
        ("2026-06", datetime(2026, 7, 3, 10, 0, tzinfo=UTC), True),
    ],
)
def test_a_month_closes_on_the_third_at_six_local(
    month: str,
    instant: datetime,
    is_closed: bool,  # noqa: FBT001
) -> None:
    assert freshness.is_closed(month, instant, PROGRAMME) is is_closed


def test_a_closed_month_is_unsettled_until_its_days_are_those_it_was_settled_from(
    lake: Lake,
) -> None:
    closed = datetime(2025, 12, 3, 11, 0, tzinfo=UTC)
    write(lake, tables.SETTLED_HOUR, NOV_3)
    write(lake, tables.SETTLED_HOUR, date(2025, 12, 1))
    first = freshness.manifest_of(lake, "2025-11")

    found = freshness.find_unsettled_months(lake, closed, PROGRAMME)
    write(lake, tables.MONTHLY_SETTLEMENT, "2025-11", manifest=first)
    died_before_the_file = freshness.find_unsettled_months(lake, closed, PROGRAMME)
    lake.mark(tables.CMEP_FILE, "2025-11", first)
    settled = freshness.find_unsettled_months(lake, closed, PROGRAMME)
    write(lake, tables.SETTLED_HOUR, NOV_4)
    again = freshness.find_unsettled_months(lake, closed, PROGRAMME)

    assert found == died_before_the_file == [("2025-11", first)]
    assert settled == []
    assert [month for month, manifest in again if manifest != first] == ["2025-11"]


def test_an_earlier_month_opens_the_registers_of_a_later_one(lake: Lake) -> None:
    write(lake, tables.SETTLED_HOUR, NOV_3)
    before = freshness.manifest_of(lake, "2025-11")

    write(lake, tables.SETTLED_HOUR, date(2025, 10, 31))
    earlier = freshness.manifest_of(lake, "2025-11")
    write(lake, tables.SETTLED_HOUR, date(2025, 12, 1))
    later = freshness.manifest_of(lake, "2025-11")

    assert earlier != before
    assert later == earlier


def test_another_meter_map_unsettles_a_month(lake: Lake) -> None:
    write(lake, tables.SETTLED_HOUR, NOV_3)
    before = freshness.manifest_of(lake, "2025-11")

    write(lake, tables.METER_MAPPING)

    assert freshness.manifest_of(lake, "2025-11") != before


def test_the_newest_partition_tells_how_long_nothing_came(lake: Lake) -> None:
    write(lake, tables.SETTLED_HOUR, NOV_4)
    write(lake, tables.SETTLED_HOUR, NOV_3)
    newest = lake.written_at(tables.SETTLED_HOUR, NOV_3)

    quiet = freshness.seconds_since_last_write(lake, tables.SETTLED_HOUR, newest)

    assert quiet == 0.0
