"""A month is not closed while usage of it, or of days before, waits to be read."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from ter_pipelines.registry.usage_files import land_cmep
from ter_pipelines.sensors.asking import RUN_KEY_TAG
from ter_pipelines.vocab import tables
from tests.formats.cmep_lines import body_of, line
from tests.pipeline.daemon import QUIET_SECONDS, Daemon
from tests.pipeline.test_sensors import NOV_3, NOV_4, NOV_5, daemon, metered

__all__ = ["daemon", "metered"]

DEC_1 = date(2025, 12, 1)
UNREAD = dg.SkipReason("Usage of closed months arrived and is not read yet.")


def quiet(metered: Daemon) -> None:
    """Let it be long since the third of November was settled."""
    written = metered.installation.lake.written_at(tables.SETTLED_HOUR, NOV_3)
    metered.instant = written + timedelta(seconds=QUIET_SECONDS)


def months(metered: Daemon) -> list[str | None]:
    """Give the months that are asked for."""
    seen = metered.look("month_is_over")
    return [request.partition_key for request in seen.run_requests or []]


def test_a_report_that_nobody_read_keeps_its_month_open(metered: Daemon) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    quiet(metered)
    before = months(metered)
    metered.installation.report(NOV_5, ["1.000"] * 24)
    waiting = metered.look("month_is_over")
    metered.installation.run("settle_usage", NOV_5, NOV_5)
    quiet(metered)
    metered.instant += timedelta(seconds=QUIET_SECONDS)

    assert before == ["2025-11-01"]
    assert waiting.run_requests == []
    assert waiting.skip_reason == UNREAD
    assert months(metered) == ["2025-11-01"]


def test_a_usage_file_that_nobody_read_keeps_its_month_open(metered: Daemon) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    land_cmep(
        metered.installation.registry,
        body_of(line("202511040600,,1.25")),
        metered.installation.programme.cmep_in,
        source="test",
        submitted_by="test",
        received_at=datetime(2025, 12, 6, 12, tzinfo=UTC),
    )
    quiet(metered)
    waiting = metered.look("month_is_over")
    metered.installation.run("settle_usage", NOV_4, NOV_4)
    quiet(metered)
    metered.instant += timedelta(seconds=QUIET_SECONDS)

    assert waiting.skip_reason == UNREAD
    # The day of receipt, which is in December, is not read yet.
    assert months(metered) == ["2025-11-01"]


@pytest.mark.parametrize(
    ("day", "asked"), [(DEC_1, ["2025-11-01"]), (date(2025, 11, 30), [])]
)
def test_only_days_up_to_the_last_of_the_month_are_waited_for(
    metered: Daemon, day: date, asked: list[str]
) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    metered.installation.report(day, ["1.000"] * 24, received_at=f"{day}T12:00:00Z")
    quiet(metered)

    assert months(metered) == asked


def test_what_was_read_is_not_looked_at_again(metered: Daemon) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    quiet(metered)

    first = metered.look("month_is_over")
    metered.installation.report(NOV_5, ["1.000"] * 24)
    second = metered.look("month_is_over", first.cursor)

    assert '"report": 1' in str(first.cursor)
    assert second.cursor == first.cursor
    assert second.skip_reason == UNREAD


def test_the_oldest_month_is_asked_for_first_and_alone(metered: Daemon) -> None:
    metered.installation.report(DEC_1, ["1.000"] * 24, received_at=f"{DEC_1}T12:00:00Z")
    for day in (NOV_3, DEC_1):
        metered.installation.run("settle_usage", day, day)
    metered.instant = datetime.now(UTC) + timedelta(seconds=2 * QUIET_SECONDS)

    (first,) = metered.look("month_is_over").run_requests or []
    failed = dg.DagsterRun(
        job_name="close_month",
        status=dg.DagsterRunStatus.FAILURE,
        tags={RUN_KEY_TAG: first.run_key or ""},
    )
    metered.instance.add_run(failed)
    (second,) = metered.look("month_is_over").run_requests or []

    assert first.partition_key == "2025-11-01"
    assert second.partition_key == "2025-12-01"
