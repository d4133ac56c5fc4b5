"""Every VEE rule once: its code, what it does to an interval, and what it means.

`RULES` validate, in their order; `REVIEWS` say why something was not estimated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ter_pipelines.metering.vee.series import seconds_of
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.findings import Finding


class Effect(Enum):
    """What a finding does to the intervals it speaks of."""

    REJECT = "no usage of this channel: taken out and kept with its reason"
    MISSING = "no value"
    SUSPECT = "not billed until estimated or adjusted"
    NOTE = "billed; a person may look"


@dataclass(frozen=True)
class Rule:
    """A rule: its code, its effect and its meaning in a sentence."""

    code: str
    effect: Effect
    meaning: str


@dataclass(frozen=True, kw_only=True)
class UsageFinding(Finding):
    """A finding about a stretch of a channel's time."""

    span: Span


def found(
    rule: Rule, subject: str, span: Span, *, limit: str, observed: str, **more: str
) -> UsageFinding:
    """Make a finding of a rule with its limit and what was observed."""
    facts: dict[str, str | int] = {
        "at": iso_utc(span.start_utc),
        "seconds": seconds_of(span),
        "limit": limit,
        "observed": observed,
        **more,
    }
    return UsageFinding(rule.code, subject, facts, span=span)


WRONG_METER = Rule(
    "usage.wrong_meter",
    Effect.REJECT,
    "The data's meter was not the one installed during the interval.",
)
IN_THE_FUTURE = Rule(
    "usage.in_the_future",
    Effect.REJECT,
    "The interval ends later than now and the clock tolerance.",
)
CLOCK_OFF = Rule(
    "usage.clock_off",
    Effect.SUSPECT,
    "The device's clock differs from the reference by more than the tolerance.",
)
WRONG_COUNT = Rule(
    "usage.wrong_count",
    Effect.NOTE,
    "The local day has another number of intervals than its length asks for.",
)
WRONG_LENGTH = Rule(
    "usage.wrong_length",
    Effect.SUSPECT,
    "The interval is not as long as the channel's intervals are.",
)
OFF_THE_GRID = Rule(
    "usage.off_the_grid",
    Effect.SUSPECT,
    "The interval does not begin where the channel's intervals begin.",
)
CROSSES_THE_HOUR = Rule(
    "usage.crosses_the_hour",
    Effect.SUSPECT,
    "The interval lies in two priced hours.",
)
DUPLICATE = Rule(
    "usage.duplicate",
    Effect.SUSPECT,
    "Different values for the same start; all are kept as versions.",
)
NO_VALUE = Rule(
    "usage.missing",
    Effect.MISSING,
    "No interval covers this time.",
)
IN_TEST_MODE = Rule(
    "usage.test_mode",
    Effect.SUSPECT,
    "The source says the meter was in test mode.",
)
OVERFLOWED = Rule(
    "usage.overflow",
    Effect.SUSPECT,
    "The source says the recorder's counter was full.",
)
DURING_OUTAGE = Rule(
    "usage.outage",
    Effect.NOTE,
    "The source says power failed; no estimate begins or ends here.",
)
SUSPECT_QUALITY = Rule(
    "usage.suspect_quality",
    Effect.SUSPECT,
    "The source itself doubts the value.",
)
NEGATIVE = Rule(
    "usage.negative",
    Effect.SUSPECT,
    "Energy below zero on a channel of one direction.",
)
BEYOND_DEVICE_LIMIT = Rule(
    "usage.beyond_device_limit",
    Effect.SUSPECT,
    "More energy than the device can take or give in this time.",
)
KVARH_MISMATCH = Rule(
    "usage.kvarh_mismatch",
    Effect.NOTE,
    "Reactive energy without active energy, or the reverse.",
)
SPIKE = Rule(
    "usage.spike",
    Effect.SUSPECT,
    "The day's highest value stands out too far above the third highest.",
)
SUM_CHECK = Rule(
    "usage.sum_check",
    Effect.SUSPECT,
    "Intervals do not add up to what the register counted.",
)
SUM_OVER_DAYS = Rule(
    "usage.sum_over_days",
    Effect.NOTE,
    "Intervals of several days do not add up to what the register counted.",
)
REGISTER_STEP = Rule(
    "usage.register_step",
    Effect.NOTE,
    "A register fell without a rollover, reset or exchange.",
)
HIGH_USAGE = Rule(
    "usage.high",
    Effect.NOTE,
    "The period's total is far above the average of like periods.",
)
LOW_USAGE = Rule(
    "usage.low",
    Effect.NOTE,
    "The period's total is far below the average of like periods.",
)
ZERO_CONSUMPTION = Rule(
    "usage.zero",
    Effect.NOTE,
    "An active meter has nothing but zeros.",
)
ON_INACTIVE_METER = Rule(
    "usage.on_inactive_meter",
    Effect.NOTE,
    "Energy on a meter that is switched off in the books.",
)

RULES = (
    WRONG_METER, IN_THE_FUTURE, CLOCK_OFF, WRONG_COUNT, WRONG_LENGTH, OFF_THE_GRID,
    CROSSES_THE_HOUR, DUPLICATE, NO_VALUE, IN_TEST_MODE, OVERFLOWED, DURING_OUTAGE,
    SUSPECT_QUALITY, NEGATIVE, BEYOND_DEVICE_LIMIT, KVARH_MISMATCH, SPIKE, SUM_CHECK,
    SUM_OVER_DAYS, REGISTER_STEP, HIGH_USAGE, LOW_USAGE, ZERO_CONSUMPTION,
    ON_INACTIVE_METER,
)  # fmt: skip

NOT_A_WHOLE_INTERVAL = Rule(
    "estimate.not_a_whole_interval",
    Effect.NOTE,
    "Shorter, longer or elsewhere than the channel's intervals: nothing to fill in.",
)
CONTROLLABLE_DEVICE = Rule(
    "estimate.controllable_device",
    Effect.NOTE,
    "Days are not alike for a device that follows prices or dispatch.",
)
NO_REFERENCE = Rule(
    "estimate.no_reference",
    Effect.NOTE,
    "No good value beside the gap, no like day and no class profile.",
)
REGISTER_NOT_COVERED = Rule(
    "estimate.register_not_covered",
    Effect.NOTE,
    "Not all of the register's window is known or estimated, so nothing fits it.",
)
FACTOR_BEYOND_LIMITS = Rule(
    "estimate.factor_beyond_limits",
    Effect.NOTE,
    "The factor from raw estimates to the register is too small or too large.",
)
HELD = Rule(
    "estimate.held",
    Effect.NOTE,
    "Left unbilled, as the programme's gap policy says.",
)

REVIEWS = (
    NOT_A_WHOLE_INTERVAL, CONTROLLABLE_DEVICE, NO_REFERENCE, REGISTER_NOT_COVERED,
    FACTOR_BEYOND_LIMITS, HELD,
)  # fmt: skip
_EFFECTS = {rule.code: rule.effect for rule in (*RULES, *REVIEWS)}


def speaking_of(findings: Iterable[UsageFinding], effect: Effect) -> list[UsageFinding]:
    """Give the findings that have an effect, as they come."""
    return [f for f in findings if _EFFECTS[f.code] is effect]
