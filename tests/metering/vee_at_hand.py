"""Channels and intervals for the VEE tests: plain ones, and what is changed in them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.findings import UsageFinding
from ter_pipelines.metering.vee.registers import (
    Register,
    RegisterReading,
    Registers,
)
from ter_pipelines.metering.vee.series import (
    MISSING,
    RAW,
    VALID,
    Channel,
    Interval,
    Mark,
    State,
)
from ter_pipelines.vocab.clock import Span, day_span
from ter_pipelines.vocab.vee_settings import VeeSettings

ZONE = ZoneInfo("America/New_York")
MIDNIGHT = datetime(2025, 11, 4, 5, tzinfo=UTC)  # Tuesday 4 November, local midnight
SUBJECT = "TER0001 meter"
DEFAULTS = VeeSettings()
HOURLY = Channel(SUBJECT, "TER0001", 3600)
QUARTERS = replace(HOURLY, interval_seconds=900)


def at(hours: float) -> datetime:
    """Give the instant so many hours after the local midnight of 4 November 2025."""
    return MIDNIGHT + timedelta(hours=hours)


def span(first: float, last: float) -> Span:
    """Give the time between two instants, in hours after that midnight."""
    return Span(at(first), at(last))


def local_day(day: int, month: int = 11) -> Span:
    """Give a local day of 2025."""
    return day_span(datetime(2025, month, day, tzinfo=ZONE).date(), ZONE)


def interval(
    hours: float,
    kwh: str | None = "1",
    *,
    seconds: int = 3600,
    state: State = RAW,
    marks: frozenset[Mark] = frozenset(),
    version: int = 1,
) -> Interval:
    """Give an interval; None is a MISSING one."""
    if kwh is None:
        return Interval(at(hours), seconds, None, MISSING, marks, version)
    return Interval(at(hours), seconds, Decimal(kwh), state, marks, version)


def series(
    text: str,
    *,
    start: datetime = MIDNIGHT,
    seconds: int = 3600,
    state: State = VALID,
) -> list[Interval]:
    """Give intervals one after the other: kWh by blank, `-` where one is missing."""
    return [
        Interval(
            start + timedelta(seconds=i * seconds),
            seconds,
            None if value == "-" else Decimal(value),
            MISSING if value == "-" else state,
        )
        for i, value in enumerate(text.split())
    ]


def raw(text: str, *, start: datetime = MIDNIGHT) -> list[Interval]:
    """Give hourly intervals that nobody judged yet."""
    return series(text, start=start, state=RAW)


def flat(day: Span, kwh: str = "1", *, state: State = VALID) -> list[Interval]:
    """Give a local day of hourly intervals that are all alike."""
    hours = (day.end_utc - day.start_utc) // timedelta(hours=1)
    return series(" ".join([kwh] * hours), start=day.start_utc, state=state)


def register(*readings: tuple[float, str], resolution: str = "0.001") -> Registers:
    """Give a register in kWh, read at hours after midnight."""
    return Registers(
        Register(Decimal(resolution)),
        [RegisterReading(at(hours), Decimal(value)) for hours, value in readings],
    )


class HasEnergy(Protocol):
    """An interval or an estimate."""

    @property
    def energy_kwh(self) -> Decimal | None:
        """Give its energy."""


def kwh_of(values: Iterable[HasEnergy]) -> list[str]:
    """Give the energy of intervals or estimates as text."""
    return [str(value.energy_kwh) for value in values]


def seen(findings: Sequence[UsageFinding]) -> list[tuple[float, object, object]]:
    """Give when a finding begins, in hours after midnight, its limit and number."""
    hour = timedelta(hours=1)
    return [
        ((f.span.start_utc - MIDNIGHT) / hour, f.facts["limit"], f.facts["observed"])
        for f in findings
    ]


def codes(findings: Sequence[UsageFinding]) -> list[str]:
    """Give the codes of findings."""
    return [finding.code for finding in findings]
