"""States of an interval: which step is allowed, and how partners spell them.

A change never overwrites: it is a new version that knows the old one, and who made it,
when, by which rule and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    MISSING,
    RAW,
    SUSPECT,
    VALID,
    Interval,
    State,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import InputError

_NEXT: Mapping[State, frozenset[State]] = {
    RAW: frozenset({VALID, SUSPECT, MISSING, ADJUSTED}),
    VALID: frozenset({ADJUSTED}),
    SUSPECT: frozenset({ESTIMATED, ADJUSTED}),
    MISSING: frozenset({ESTIMATED, ADJUSTED}),
    ESTIMATED: frozenset({ADJUSTED}),
    ADJUSTED: frozenset({ADJUSTED}),
}
_CMEP_FLAGS: Mapping[State, str] = {
    RAW: "R",
    VALID: "",
    ESTIMATED: "E",
    ADJUSTED: "A",
    MISSING: "N",
    SUSPECT: "N",
}
_OPENADR_QUALITIES: Mapping[str, State] = {
    "": RAW,
    "Quality Good - Non Specific": RAW,
    "No New Value - Previous Value Used": MISSING,
}


@dataclass(frozen=True)
class Cause:
    """Why an interval changes.

    Args:
        rule: Code of the rules that spoke or of the method, by comma; or `edit`.
        who: Name of the person, or of the programme part that did it.
        when_utc: When it was done.
        reason: What a person gave as reason; empty for a rule.
    """

    rule: str
    who: str
    when_utc: datetime
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """A new version of an interval beside the old one."""

    before: Interval
    after: Interval
    cause: Cause


def change(
    before: Interval, state: State, energy_kwh: Decimal | None, cause: Cause
) -> Change:
    """Make the next version of an interval.

    Raises:
        InputError: If no interval goes from the one state to the other, or the state
            contradicts the energy.
    """
    if state not in _NEXT[before.state]:
        allowed = ", ".join(sorted(_NEXT[before.state]))
        raise InputError(
            f"interval {iso_utc(before.interval_start_utc)}: got {state} after "
            f"{before.state}, expected one of {allowed}"
        )
    after = replace(
        before, state=state, energy_kwh=energy_kwh, version=before.version + 1
    )
    return Change(before, after, cause)


def cmep_triple(interval: Interval) -> tuple[str, Decimal | None]:
    """Give an interval's CMEP flag and value.

    A SUSPECT value is not sent: nobody has stood up for it, and it is not billed.
    """
    flag = _CMEP_FLAGS[interval.state]
    return flag, None if flag == "N" else interval.energy_kwh


def state_of_openadr_quality(quality: str) -> State:
    """Read `oadrDataQuality`: good is RAW until a rule judged it, unknown is SUSPECT.

    >>> state_of_openadr_quality("Quality Bad - Device Failure")
    'SUSPECT'
    """
    return _OPENADR_QUALITIES.get(quality, SUSPECT)
