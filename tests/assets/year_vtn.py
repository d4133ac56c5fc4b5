"""The VTN of the year: thousands of reports, and which of them touch a span."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ter_pipelines.vocab.clock import iso_utc, parse_instant
from tests.assets.conftest import POINT, VtnInMemory
from tests.assets.year_story import Told
from vtn_service.contract import Report, ReportColumns


@dataclass
class VtnOfAYear(VtnInMemory):
    """Knows which of thousands of reports touch a span without reading them all."""

    spans: list[tuple[datetime, datetime, datetime]] = field(default_factory=list)

    def reports(self, start_utc: datetime, end_utc: datetime) -> Iterator[Report]:
        for report in self.sent[len(self.spans) :]:
            starts = [parse_instant(v.start_text) for v in report.values]
            received = parse_instant(report.received_at)
            self.spans.append((min(starts), max(starts), received))
        for report, (first, last, received) in zip(self.sent, self.spans, strict=True):
            touches = first < end_utc and last >= start_utc
            if touches or start_utc <= received < end_utc:
                yield report


def report_of(
    seq: int, device: str, told: Sequence[Told], received: datetime
) -> Report:
    """Make a report of a device, in Wh."""
    point = replace(POINT, resource_id=device, scale="none")
    received_at = iso_utc(received)
    return Report(seq, device, received_at, "0" * 64, [point], _columns(told))


def instant_of(seconds: int) -> datetime:
    """Give the instant so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def _columns(told: Sequence[Told]) -> ReportColumns:
    blank = [""] * len(told)
    return ReportColumns(
        point=[0] * len(told),
        start_text=[iso_utc(instant_of(t.start)) for t in told],
        duration_text=[f"PT{t.seconds // 60}M" for t in told],
        value_text=[str(t.wh) for t in told],
        data_quality=blank,
        confidence=blank,
        accuracy=blank,
        online=blank,
        manual_override=blank,
    )
