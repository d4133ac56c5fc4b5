"""A small installation in a temporary folder: lake, registry, and a VTN of our own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ter_pipelines.accounts.market import NO_MARKET, Market
from ter_pipelines.assets import jobs
from ter_pipelines.definitions import all_assets
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Kind, NewSubmission
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import (
    Span,
    interval_starts_utc,
    iso_utc,
    parse_instant,
)
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.plain_rate import plain_rate
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.table import Table
from vtn_service.contract import (
    EventReceipt,
    EventStatus,
    Report,
    ReportColumns,
    ReportPoint,
    VenStatus,
)

NOT_PARTITIONED = ("map_meters", "fetch_noticed_feeds")
NO_CUSTODIAN = ShareMyData(None, read_settings({}).read_programme().zone)
BEFORE = datetime(2025, 10, 31, tzinfo=UTC)
POINT = ReportPoint(
    report_name="TELEMETRY_USAGE",
    report_specifier_id="usage",
    r_id="r1",
    resource_id="device-1",
    reading_type="Direct Read",
    report_type="usage",
    registered_at="2025-10-01T00:00:00Z",
    unit="Wh",
    scale="k",
)


@dataclass
class VtnInMemory:
    """Answers what the control door would, from lists."""

    sent: list[Report] = field(default_factory=list)
    roster: list[VenStatus] = field(default_factory=list)
    book: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    unable: set[str] = field(default_factory=set)  # VENs whose events it cannot take
    puts: list[str] = field(default_factory=list)  # VENs whose events it took

    def vens(self) -> list[VenStatus]:
        return self.roster

    def put_event(
        self, ven_id: str, event_id: str, event: dict[str, Any]
    ) -> EventReceipt:
        if ven_id in self.unable:
            raise RemoteError(f"VTN PUT {event_id}: answered 507, expected 200")
        self.puts.append(ven_id)
        revisions = self.book.setdefault((ven_id, event_id), [])
        is_changed = not revisions or revisions[-1] != event
        if is_changed:
            revisions.append(event)
        return EventReceipt(event_id, len(revisions) - 1, is_changed, "0" * 64)

    def events(self, span: Span) -> list[EventStatus]:
        """Give the events that begin in a span, with what `progress` says of a VEN."""
        return [
            EventStatus(
                **{
                    "event_id": event_id,
                    "ven_id": ven_id,
                    "modification_number": len(revisions) - 1,
                    "start_utc": intervals[0]["start_utc"],
                    "end_utc": _end_of(intervals[-1]),
                    "is_cancelled": revisions[-1].get("is_cancelled", False),
                    **self.progress.get(ven_id, {}),
                }
            )
            for (ven_id, event_id), revisions in self.book.items()
            for intervals in [revisions[-1]["signals"][0]["intervals"]]
            if parse_instant(intervals[0]["start_utc"]) in span
        ]

    def reports(self, start_utc: datetime, end_utc: datetime) -> Iterator[Report]:
        for report in self.sent:
            instants = [parse_instant(v.start_text) for v in report.values]
            instants.append(parse_instant(report.received_at))
            if any(start_utc <= instant < end_utc for instant in instants):
                yield report


def _end_of(interval: dict[str, Any]) -> str:
    length = timedelta(seconds=interval["duration_seconds"])
    return iso_utc(parse_instant(interval["start_utc"]) + length)


@dataclass
class Installation:
    """Everything an asset needs, and the means to feed and run it.

    `door` is a running VTN, in place of the one in memory; `custodian` a running data
    custodian and `mdm` a running meter-data system, in place of none; `rate` what is
    billed by, in place of plain prices.
    """

    lake: Lake
    registry: Registry
    vtn: VtnInMemory
    programme: Programme
    door: Vtn | None = None
    custodian: ShareMyData | None = None
    market: Market = NO_MARKET
    rate: Rate | None = None
    mdm: Mdm | None = None

    def post_prices(
        self, day: date, prices: list[str], *, received_at: datetime = BEFORE
    ) -> None:
        starts = interval_starts_utc(day, self.programme.zone)
        entries = ",".join(
            f'{{"datetime": "{iso_utc(start)}", "price": "{price}"}}'
            for start, price in zip(starts, prices, strict=True)
        )
        published = day - timedelta(days=1)
        body = f'{{"schedule": {{"date": "{published}", "prices": [{entries}]}}}}'
        self._land("prices", "ter-schedule-json", body, day, received_at)

    def post_meters(self, body: str) -> None:
        self._land("meters", "ter-meters-json", body, None)

    def report(
        self,
        day: date,
        values: list[str | None],
        *,
        ven_id: str = "ven-1",
        received_at: str = "2025-12-02T00:00:00Z",
        **point: str,
    ) -> None:
        """Let a VEN report a day, an hour a value; None for an hour left out."""
        starts = interval_starts_utc(day, self.programme.zone)
        reported = [
            (iso_utc(start), value)
            for start, value in zip(starts, values, strict=True)
            if value is not None
        ]
        blank = [""] * len(reported)
        columns = ReportColumns(
            point=[0] * len(reported),
            start_text=[start for start, _ in reported],
            duration_text=["PT1H"] * len(reported),
            value_text=[value for _, value in reported],
            data_quality=blank,
            confidence=blank,
            accuracy=blank,
            online=blank,
            manual_override=blank,
        )
        seq = len(self.vtn.sent) + 1
        points = [replace(POINT, **point)]
        self.vtn.sent.append(
            Report(seq, ven_id, received_at, "0" * 64, points, columns)
        )

    def run(
        self, job: str, first: object, last: object, *, only: Sequence[Table] = ()
    ) -> dg.ExecuteInProcessResult:
        """Run a job over days or months, or only some of its tables."""
        definitions = dg.Definitions(
            assets=all_assets(),
            jobs=list(jobs.ALL),
            resources={
                "lake": self.lake,
                "registry": self.registry,
                "vtn": self.door or self.vtn,
                "programme": self.programme,
                "rate": self.rate or plain_rate(self.programme),
                "price_feed": None,
                "mdm": self.mdm or Mdm(None),
                "market": self.market,
                "share_my_data": self.custodian or NO_CUSTODIAN,
            },
            executor=dg.in_process_executor,
        )
        tags = {RANGE_START_TAG: str(first), RANGE_END_TAG: str(last)}
        return definitions.resolve_job_def(job).execute_in_process(
            tags={} if job in NOT_PARTITIONED else tags,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(t.asset_key) for t in only] or None,
        )

    def _land(
        self,
        kind: Kind,
        form: str,
        body: str,
        day: date | None,
        received_at: datetime = BEFORE,
    ) -> None:
        self.registry.land(
            NewSubmission(
                kind=kind,
                source="post",
                format=form,
                submitted_by="partner",
                body=body.encode(),
                received_at=received_at,
                operating_day=day,
            )
        )


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    programme = read_settings({}).read_programme()
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path / "landing")
    registry.migrate()
    yield Installation(Lake(tmp_path / "data"), registry, VtnInMemory(), programme)
    registry.close()


def failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    return [
        evaluation.check_name
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    ]
