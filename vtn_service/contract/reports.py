"""Reports: what VENs measured, and which time it touches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from vtn_service.contract.message import Message

MAX_SPANS = 1000


@dataclass(frozen=True)
class TouchedSpan(Message):
    """A stretch of time `[start_utc, end_utc)` that values of a report touch."""

    start_utc: str
    end_utc: str


@dataclass(frozen=True)
class ReportHead(Message):
    """Which time a stored report touches.

    A value with a start but no usable duration touches one second, and one interval
    counts for at most one day. A start outside the years 1900 to 2199 does not count.
    A report without one usable time touches the second it was received in.

    Args:
        touched: In order, merged where they adjoin or overlap: a day of hourly values
            is one span, two values a year apart are two. Never empty. Of more than
            `MAX_SPANS` the nearest neighbours are joined, with the time between.
    """

    seq: int
    ven_id: str
    received_at: str
    touched: list[TouchedSpan]


@dataclass(frozen=True)
class ReportPoint(Message):
    """What was registered for a data point that a report has values of.

    Everything is text as sent, but for `registered_at`, an instant; empty where
    nothing was sent or the point was never offered. `report_type` is such as `usage`,
    `reading` or `storedEnergy`.
    """

    report_name: str
    report_specifier_id: str
    r_id: str
    resource_id: str
    reading_type: str
    report_type: str
    registered_at: str
    unit: str
    scale: str


@dataclass(frozen=True)
class ReportColumns(Message):
    """The values of a report, in order: lists of one length, text as sent.

    Args:
        point: Which of the report's points.
        start_text: Inherited from the report (plus the durations before it) where the
            interval has none.
        duration_text: The registered granularity where the interval has none.
        value_text: Empty for a device's status.
        data_quality: Empty where unsaid, like the rest.
        confidence: Percent.
        accuracy: In the value's unit.
        online: `true` or `false`, of a device's status.
        manual_override: `true` or `false`, of a device's status.
    """

    point: list[int] = field(default_factory=list)
    start_text: list[str] = field(default_factory=list)
    duration_text: list[str] = field(default_factory=list)
    value_text: list[str] = field(default_factory=list)
    data_quality: list[str] = field(default_factory=list)
    confidence: list[str] = field(default_factory=list)
    accuracy: list[str] = field(default_factory=list)
    online: list[str] = field(default_factory=list)
    manual_override: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReportValue(Message):
    """One value of a report with what was registered for its point."""

    report_name: str
    report_specifier_id: str
    r_id: str
    resource_id: str
    reading_type: str
    report_type: str
    registered_at: str
    unit: str
    scale: str
    start_text: str
    duration_text: str
    value_text: str
    data_quality: str
    confidence: str
    accuracy: str
    online: str
    manual_override: str


@dataclass(frozen=True)
class Report(Message):
    """A stored oadrUpdateReport message, taken apart."""

    seq: int
    ven_id: str
    received_at: str
    body_sha256: str
    points: list[ReportPoint] = field(default_factory=list)
    columns: ReportColumns = field(default_factory=ReportColumns)

    @cached_property
    def values(self) -> list[ReportValue]:
        """Give every value with its point's registration, in order.

        Raises:
            ValueError: If the columns differ in length or name a point that is not
                there.
        """
        return list(self._values())

    def _values(self) -> Iterator[ReportValue]:
        points = [vars(point) for point in self.points]
        columns = dict(vars(self.columns))
        if len(lengths := {len(column) for column in columns.values()}) > 1:
            raise ValueError(f"columns: got lengths {sorted(lengths)}, expected one")
        for at, *texts in zip(columns.pop("point"), *columns.values(), strict=True):
            if not 0 <= at < len(points):
                raise ValueError(f"point: got {at}, expected 0 to {len(points) - 1}")
            yield ReportValue(**points[at], **dict(zip(columns, texts, strict=True)))
