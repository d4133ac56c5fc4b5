"""What the Dagster daemon does with sensors, in process."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.sensors import build_sensors
from ter_pipelines.vocab.clock import HOUR, iso_utc, parse_instant
from tests.assets.conftest import NO_CUSTODIAN, Installation, VtnInMemory
from vtn_service.contract import Report, ReportHead, TouchedSpan, VenStatus

QUIET_SECONDS = 600


@dataclass
class Door:
    """What sensors ask the VTN."""

    vtn: VtnInMemory

    def vens(self) -> list[VenStatus]:
        """Give the roster."""
        return self.vtn.vens()

    def report_heads(self, after_seq: int) -> list[ReportHead]:
        """Tell which time the reports after a number touch."""
        return [head_of(report) for report in self.vtn.sent if report.seq > after_seq]


def head_of(report: Report) -> ReportHead:
    """Tell which time a report of hourly values touches."""
    touched = [
        TouchedSpan(v.start_text, iso_utc(parse_instant(v.start_text) + HOUR))
        for v in report.values
    ]
    return ReportHead(report.seq, report.ven_id, report.received_at, touched)


@dataclass
class Daemon:
    """Looks through a sensor at an installation, at an instant."""

    installation: Installation
    code_location: dg.RepositoryDefinition
    instance: dg.DagsterInstance
    instant: datetime = field(default_factory=lambda: datetime.now(UTC))
    mdm: Mdm = field(default_factory=lambda: Mdm(None))

    def look(self, name: str, cursor: str | None = None) -> dg.SensorResult:
        """Evaluate a sensor; give its requests, words and cursor."""
        sensors = build_sensors(
            self.installation.programme, QUIET_SECONDS, now=lambda: self.instant
        )
        (sensor,) = (sensor for sensor in sensors if sensor.name == name)
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=cursor,
            repository_def=self.code_location,
            resources={
                "lake": self.installation.lake,
                "registry": self.installation.registry,
                "vtn": Door(self.installation.vtn),
                "mdm": self.mdm,
                "market": self.installation.market,
                "share_my_data": self.installation.custodian or NO_CUSTODIAN,
            },
        )
        with context:
            tick = sensor.evaluate_tick(context)
        return dg.SensorResult(
            run_requests=tick.run_requests,
            skip_reason=tick.skip_message,
            cursor=tick.cursor,
        )

    def ranges(self, name: str, cursor: str | None = None) -> list[tuple[str, str]]:
        """Give the ranges of days a sensor asks for."""
        return [
            (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG])
            for request in self.look(name, cursor).run_requests or []
        ]

    def keys(self, name: str) -> list[str | None]:
        """Give the run keys of what a sensor asks for."""
        return [request.run_key for request in self.look(name).run_requests or []]
