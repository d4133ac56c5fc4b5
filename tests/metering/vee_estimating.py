"""Estimating in the VEE tests: a Tuesday, its gaps and what is rested on."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

from ter_pipelines.metering.vee.estimation import (
    Evidence,
    estimate,
)
from ter_pipelines.metering.vee.like_days import ClassProfile
from ter_pipelines.metering.vee.scaling import Estimation
from ter_pipelines.metering.vee.series import (
    Channel,
    Interval,
)
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.vee_settings import VeeSettings
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    ZONE,
    flat,
    local_day,
)

EVIDENCE = Evidence(zone=ZONE)
TUESDAY = local_day(4)


def estimated(
    intervals: list[Interval],
    window: Span = TUESDAY,
    *,
    channel: Channel = HOURLY,
    settings: VeeSettings = DEFAULTS,
    evidence: Evidence = EVIDENCE,
) -> Estimation:
    return estimate(channel, intervals, window, evidence, settings)


def methods(result: Estimation) -> list[str]:
    return [made.method for made in result.estimates]


def silent(day: Span, first: int, last: int) -> list[Interval]:
    """Give a day of hours of 1 kWh of which some, in UTC order, are missing."""
    return [h for n, h in enumerate(flat(day)) if not first <= n < last]


def shaped(kwh: str, hours: range) -> Evidence:
    profile: ClassProfile = {("weekday", time(h)): Decimal(kwh) for h in hours}
    return replace(EVIDENCE, class_profile=profile)
