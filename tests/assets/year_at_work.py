"""The year as the pipeline lives through it: what arrives each month, and the runs."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from ter_pipelines.freshness import find_unpublished, find_unsettled_months
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
)
from tests.assets.conftest import Installation, failed_checks
from tests.assets.year_rate import RATE
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
from tests.assets.year_vtn import VtnOfAYear, instant_of, report_of
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import HOUSE as USAGE_POINT
from tests.formats.espi_feeds import house, reading

SOURCES = {
    HOUSE: ("green-button", USAGE_POINT),
    OLD_METER: ("cmep", OLD_METER),
    NEW_METER: ("cmep", NEW_METER),
}
SPECIAL_DAYS = (
    ("2025-11-01", "2025-11-20"),  # 25 hours, a silence, a lost quarter of an hour
    ("2025-12-10", "2025-12-10"),  # prices that were revised in time
    ("2026-01-12", "2026-01-15"),  # a gap filled from like days; a device joins
    ("2026-02-17", "2026-02-17"),  # meters are replaced
    ("2026-03-08", "2026-03-08"),  # 23 hours, corrected twice
    ("2026-04-15", "2026-04-15"),  # prices that were revised in the day
    ("2026-06-20", "2026-06-20"),  # prices that nobody was told in time
    ("2026-07-06", "2026-07-09"),  # what came a month late
)
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
    "close_month": (
        tables.MONTHLY_SETTLEMENT,
        tables.STATEMENT,
        tables.STATEMENT_HOUR,
        tables.CMEP_FILE,
    ),
    "deliver_files": (tables.MDM_DELIVERY,),
}


def installation_of_a_year(folder: Path) -> Installation:
    """Give an installation that bills by the two versions of the rate."""
    programme = read_settings({}).read_programme()
    programme = replace(programme, vee=replace(programme.vee, gap_policy="estimate"))
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
        heard = {operating_day_of(instant_of(t.start), ZONE) for t in usage}
        for first, last in contiguous_ranges(sorted(priced)):
            self.run("publish_prices", first, last)
        for first, last in contiguous_ranges(sorted(priced | heard)):
            self.run("settle_usage", first, last)
        due = self._due(instant_of(closed_at(step)))
        self._close(due[0], due[-1])

    def left_to_do(self) -> list[object]:
        """Give the days of prices and the months that something newer came for."""
        now = instant_of(closed_at(len(MONTHS)))
        newest = self.installation.registry.newest_price_submission_ids()
        days = find_unpublished(self.installation.lake, newest, now.date())
        return [*days, *self._due(now)]

    def do_all_again(self) -> None:
        """Run it all once more; prices and usage of the days that were special."""
        for begin, end in SPECIAL_DAYS:
            self.run("publish_prices", begin, end)
            self.run("settle_usage", begin, end)
        self._close(MONTHS[0], MONTHS[-1])

    def _due(self, now: datetime) -> list[str]:
        lake, programme = self.installation.lake, self.installation.programme
        return [month for month, _ in find_unsettled_months(lake, now, programme)]

    def _close(self, first: str, last: str) -> None:
        for job in ("close_month", "deliver_files"):
            self.run(job, f"{first}-01", f"{last}-01")

    def run(self, job: str, first: object, last: object) -> None:
        """Run a job, which must succeed, and remember what its checks told."""
        only = ONLY.get(job, ())
        result = self.installation.run(job, first, last, only=only)
        assert result.success, (job, first, last)
        self.failed[job] |= set(failed_checks(result))

    def _publish(self, publication: Publication) -> None:
        self.installation.post_prices(
            publication.day,
            [str(Decimal(p).scaleb(-5)) for p in publication.prices],
            received_at=instant_of(publication.at),
        )

    def _tell(self, usage: Sequence[Told], step: int) -> None:
        received = instant_of(closed_at(step) - 7200)
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
        for _, day in groupby(
            told, lambda t: operating_day_of(instant_of(t.start), ZONE)
        ):
            vtn.sent.append(report_of(len(vtn.sent) + 1, device, list(day), received))

    def _land_house(self, told: Sequence[Told], received: datetime) -> None:
        readings = (reading(t.wh, t.start, t.seconds) for t in told)
        land_green_button(
            self.installation.registry,
            house(*readings).encode(),
            source="test",
            submitted_by="test",
            received_at=received,
        )

    def _land_cmep(self, device: str, told: Sequence[Told], received: datetime) -> None:
        triples = [
            f"{instant_of(t.start + t.seconds):%Y%m%d%H%M},,{Decimal(t.wh).scaleb(-3)}"
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
                received_at=instant_of(received),
                operating_day=None,
            )
        )


def closed_at(step: int) -> int:
    """Give when a month is closed: at noon on the third of the next."""
    year, month = divmod(2025 * 12 + 9 + step + 1, 12)
    return at(year, month + 1, 3, 12)


def _entry(service: Service) -> str:
    ven_id, device_id = SOURCES.get(service.device, (service.device, service.device))
    entry = {
        "meter_id": service.meter,
        "ven_id": ven_id,
        "device_id": device_id,
        "valid_from": iso_utc(instant_of(service.since)),
    }
    return json.dumps(entry)
