"""The year as the pipeline lives through it: what arrives each month, and the runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from ter_pipelines.freshness import find_unsettled_months
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.registry.usage_files import land_cmep, land_green_button
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    contiguous_ranges,
    iso_utc,
    operating_day_of,
    parse_instant,
)
from ter_pipelines.vocab.rate import Fee, Loss, PriceRule, Rate, Tax
from tests.assets.conftest import POINT, Installation, VtnInMemory, failed_checks
from tests.assets.year_story import (
    HOUSE,
    MONTHS,
    NEW_METER,
    OLD_METER,
    SERVICES,
    ZONE,
    Publication,
    Service,
    Told,
    at,
)
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import HOUSE as USAGE_POINT
from tests.formats.espi_feeds import house, reading
from tests.settlement.rates import terms
from vtn_service.contract import Report, ReportColumns

SOURCES = {
    HOUSE: ("green-button", USAGE_POINT),
    OLD_METER: ("cmep", OLD_METER),
    NEW_METER: ("cmep", NEW_METER),
}
# Nobody reads a meter over Modbus and nothing but energy is told.
ONLY = {
    "settle_usage": (
        tables.VEN_REPORT,
        tables.USAGE_FILE_VALUE,
        tables.INTERVAL_USAGE,
        tables.REGISTER_READING,
        tables.QUARANTINED_USAGE,
        tables.VALIDATED_USAGE,
        tables.USAGE_CHANGE,
        tables.SETTLED_HOUR,
    ),
    "publish_prices": (tables.PRICE_COMPONENT, tables.PRICE_CURVE),
}
FOREVER = {"cut_off_days": 2, "adjustment_days": 36500}
FEE = Fee(code="programme_fee", title="Programme fee", amount=Decimal(1), per="day")
RATE = Rate(
    rate_id="ter",
    title="TER",
    zone=ZONE,
    currency="USD",
    versions=(
        terms(
            effective_from=date(2025, 10, 1),
            fees=(replace(FEE, amount=Decimal("0.10")),),
            taxes=(
                Tax(
                    code="tax",
                    title="A tax",
                    share=Decimal("0.015"),
                    on=("import_energy", "programme_fee"),
                ),
            ),
            **FOREVER,
        ),
        terms(
            effective_from=date(2026, 4, 1),
            netting="hour",
            energy_lines="net",
            import_price=PriceRule(
                adder_per_kwh=Decimal("0.02"), cap_per_kwh=Decimal("0.45")
            ),
            export_price=PriceRule(floor_per_kwh=Decimal(0)),
            loss=Loss(share=Decimal("0.2"), applies_to="quantity"),
            fees=(replace(FEE, amount=Decimal("4.99"), per="month"),),
            **FOREVER,
        ),
    ),
)


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


def installation_of_a_year(folder: Path) -> Installation:
    """Give an installation that bills by the two versions of the rate."""
    programme = read_settings({}).read_programme()
    programme = replace(
        programme, vee=replace(programme.vee, gap_policy="estimate")
    )
    registry = Registry(f"sqlite:///{folder}/registry.sqlite", folder / "landing")
    registry.migrate()
    lake = Lake(folder / "data")
    return Installation(lake, registry, VtnOfAYear(), programme, rate=RATE)


@dataclass
class Arrivals:
    """What arrives of the story, step after step.

    Args:
        installation: Where it arrives.
        told: Of usage.
        published: Prices.
        failed: Names of the checks that failed, by job.
    """

    installation: Installation
    told: Sequence[Told]
    published: Sequence[Publication]
    failed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def meters(self) -> None:
        """Send a list of meters at every change, of those that serve from then on."""
        for received in sorted({service.since for service in SERVICES}):
            listed = ",".join(
                _entry(service)
                for service in SERVICES
                if service.since <= received < (service.until or received + 1)
            )
            body = f'{{"meters": [{listed}]}}'
            self._land("meters", "ter-meters-json", body, received)
        self.run("map_meters", "", "")

    def live_through(self, step: int) -> None:
        """Let a month's prices and usage come, settle their days, close what is due."""
        prices = [p for p in self.published if p.step == step]
        usage = [t for t in self.told if t.step == step]
        for publication in prices:
            self._publish(publication)
        self._tell(usage, step)
        priced = {p.day for p in prices}
        heard = {operating_day_of(_instant(t.start), ZONE) for t in usage}
        for first, last in contiguous_ranges(sorted(priced)):
            self.run("publish_prices", first, last)
        for first, last in contiguous_ranges(sorted(priced | heard)):
            self.run("settle_usage", first, last)
        now = _instant(closed_at(step))
        lake, programme = self.installation.lake, self.installation.programme
        for month, _ in find_unsettled_months(lake, now, programme):
            self.run("close_month", f"{month}-01", f"{month}-01")
            self.run("deliver_files", f"{month}-01", f"{month}-01")

    def run(self, job: str, first: object, last: object) -> None:
        """Run a job, which must succeed, and remember what its checks told."""
        result = self.installation.run(job, first, last, only=ONLY.get(job, ()))
        assert result.success, (job, first, last)
        self.failed[job] |= set(failed_checks(result))

    def _publish(self, publication: Publication) -> None:
        self.installation.post_prices(
            publication.day,
            [str(Decimal(p).scaleb(-5)) for p in publication.prices],
            received_at=_instant(publication.at),
        )

    def _tell(self, usage: Sequence[Told], step: int) -> None:
        received = _instant(closed_at(step) - 7200)
        by_device: dict[str, list[Told]] = defaultdict(list)
        for each in usage:
            by_device[each.device].append(each)
        for device, told in by_device.items():
            if device == HOUSE:
                self._land_house(told, received)
            elif device in SOURCES:
                self._land_cmep(device, told, received)
            else:
                self._report(device, told, received)

    def _report(self, device: str, told: Sequence[Told], received: datetime) -> None:
        vtn = self.installation.vtn
        for _, day in groupby(told, lambda t: operating_day_of(_instant(t.start), ZONE)):
            columns = _columns(list(day))
            point = replace(POINT, resource_id=device, scale="none")
            vtn.sent.append(
                Report(
                    len(vtn.sent) + 1,
                    device,
                    iso_utc(received),
                    "0" * 64,
                    [point],
                    columns,
                )
            )

    def _land_house(self, told: Sequence[Told], received: datetime) -> None:
        readings = (reading(t.wh, t.start, t.seconds) for t in told)
        land_green_button(
            self.installation.registry,
            house(*readings).encode(),
            source="test",
            submitted_by="test",
            received_at=received,
        )

    def _land_cmep(
        self, device: str, told: Sequence[Told], received: datetime
    ) -> None:
        triples = [
            f"{_instant(t.start + t.seconds):%Y%m%d%H%M},,{Decimal(t.wh).scaleb(-3)}"
            for t in told
        ]
        lines = [
            line(",".join(triples[i : i + 24]), meter=device)
            for i in range(0, len(triples), 24)
        ]
        land_cmep(
            self.installation.registry,
            body_of(*lines),
            self.installation.programme.cmep_in,
            source="test",
            submitted_by="test",
            received_at=received,
        )

    def _land(self, kind: Any, form: str, body: str, received: int) -> None:  # noqa: ANN401
        self.installation.registry.land(
            NewSubmission(
                kind=kind,
                source="post",
                format=form,
                submitted_by="partner",
                body=body.encode(),
                received_at=_instant(received),
                operating_day=None,
            )
        )


def closed_at(step: int) -> int:
    """Give the instant at which a month is closed: on the third of the next, at noon."""
    year, month = divmod(2025 * 12 + 9 + step + 1, 12)
    return at(year, month + 1, 3, 12)


def months() -> Iterable[tuple[int, str]]:
    """Give the months and their places."""
    return enumerate(MONTHS)


def _entry(service: Service) -> str:
    ven_id, device_id = SOURCES.get(service.device, (service.device, service.device))
    return (
        f'{{"meter_id": "{service.meter}", "ven_id": "{ven_id}", '
        f'"device_id": "{device_id}", "valid_from": "{_instant(service.since):%FT%TZ}"}}'
    )


def _columns(told: Sequence[Told]) -> ReportColumns:
    blank = [""] * len(told)
    return ReportColumns(
        point=[0] * len(told),
        start_text=[iso_utc(_instant(t.start)) for t in told],
        duration_text=[f"PT{t.seconds // 60}M" for t in told],
        value_text=[str(t.wh) for t in told],
        data_quality=blank,
        confidence=blank,
        accuracy=blank,
        online=blank,
        manual_override=blank,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
