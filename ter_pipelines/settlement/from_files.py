"""A statement from usage and prices as files have them, without a lake.

The lines, the gate and the versions are the same functions that the assets call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.digest import rate_name, rate_sha256, sha256_of
from ter_pipelines.settlement.document import (
    Statement,
    StatementHour,
    statements_of,
)
from ter_pipelines.settlement.energy import PricedInterval, energy_of
from ter_pipelines.settlement.gate import MeteredTime, gate_state
from ter_pipelines.settlement.rate import kept
from ter_pipelines.settlement.statement import COMPLETE
from ter_pipelines.settlement.true_ups import owed_by_meter
from ter_pipelines.settlement.usage_hours import (
    HOUR_SECONDS,
    UsedHour,
    billed_hours,
    channels_of,
    newest_intervals,
    used_hours,
)
from ter_pipelines.settlement.versions import Issue, next_versions, unserved
from ter_pipelines.vocab.clock import (
    HOUR,
    Span,
    day_span,
    days_of_month,
    month_of,
    operating_day_of,
)
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.metered import MeteredInterval
from ter_pipelines.vocab.rate import Rate

Prices = Mapping[datetime, Decimal]
_NO_TIME = MeteredTime(expected=0, metered=0, estimated=0, unpriced=0)


@dataclass(frozen=True, kw_only=True)
class Period:
    """The local days that are settled; all of one month."""

    billing_month: str
    first_day: date
    last_day: date
    span: Span

    @property
    def days(self) -> int:
        """Count them."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True)
class Settled:
    """What came of a meter's usage.

    Args:
        period: The days.
        time: How much of them is known.
        state: COMPLETE, WITHIN_LIMIT or INCOMPLETE.
        inputs: Name to hash of what it was made from.
        statement: None if it is INCOMPLETE, or says what the one before says.
    """

    period: Period
    time: MeteredTime
    state: str
    inputs: Mapping[str, str]
    statement: Statement | None


def period_of(
    intervals: Sequence[MeteredInterval], rate: Rate, billing_month: str | None
) -> Period:
    """Give the days to settle: a whole month, or those that the usage touches.

    Raises:
        InputError: If there is no usage, or it is of several months and none is named.
    """
    starts = [each.interval_start_utc for each in intervals]
    if not starts:
        raise InputError("usage: got none, expected at least one interval")
    first = operating_day_of(min(starts), rate.zone)
    last = operating_day_of(max(starts), rate.zone)
    if billing_month is not None:
        days = days_of_month(billing_month)
        first, last = days[0], days[-1]
    elif month_of(first) != month_of(last):
        raise InputError(
            f"usage: got days from {first} to {last}, expected one month; name the "
            "month to settle"
        )
    begin, end = (day_span(day, rate.zone) for day in (first, last))
    return Period(
        billing_month=month_of(first),
        first_day=first,
        last_day=last,
        span=Span(begin.start_utc, end.end_utc),
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """What meters are settled by.

    Args:
        prices: Of hours, by their start.
        rate: What is billed by.
        period: The days; usage outside of them is left out.
        demand_kw: The demand tag, for fees by kW; None without one.
    """

    prices: Prices
    rate: Rate
    period: Period
    demand_kw: Decimal | None = None


def settle_meter(
    intervals: Iterable[MeteredInterval],
    case: Case,
    before: Sequence[Mapping[str, Any]] = (),
) -> Settled:
    """Settle one meter's usage; the same inputs give the same statement.

    Args:
        intervals: Its usage, in any order, repeats and older versions and all.
        case: What it is settled by.
        before: Lines of the statements issued before, as rows of `out/statement`; those
            of months before tell what they still owe.

    Raises:
        GapError: If there is usage in hours without a price, naming the first.
        InputError: If usage contradicts itself, or a fee needs what is not given.
    """
    period = case.period
    own = [each for each in newest_intervals(intervals) if touches(each, period.span)]
    _require_some(own, period)
    used = {t: hour for t, hour in used_hours(own).items() if t in period.span}
    time = _time(used, channels_of(own), period)
    inputs = _inputs(own, used, case)
    terms = case.rate.terms_of(period.billing_month)
    settlement = {
        "meter_id": own[0].meter_id,
        "currency": case.rate.currency,
        "state": gate_state(time, terms),
        "expected_seconds": time.expected,
        "settled_seconds": time.metered + time.estimated,
        "served_days": period.days,
        **vars(kept(energy_of(_priced(used, case.prices), terms))),
    }
    lines = _new_lines(settlement, inputs, case, before)
    every = _all_hours(used, period)
    hours = billed_hours(every, case.prices, terms, channels_of(own))
    statement = _statement(lines, hours, period)
    return Settled(period, time, settlement["state"], inputs, statement)


def settle_owed(
    meter_id: str, case: Case, before: Sequence[Mapping[str, Any]]
) -> Settled | None:
    """Settle what months before owe to a meter that has no usage.

    Args:
        meter_id: The meter.
        case: What it is settled by.
        before: Lines of its statements issued before.

    Returns:
        None if nothing is owed, or it has a statement of the month or a later one.

    Raises:
        InputError: If it is owed another currency than the rate's.
    """
    month = case.period.billing_month
    is_newest = all(row["billing_month"] < month for row in before)
    if not is_newest or meter_id not in owed_by_meter(before, month):
        return None
    inputs = _inputs([], {}, case)
    settlement = unserved(meter_id, case.rate.currency)
    lines = _new_lines(settlement, inputs, case, before)
    statement = _statement(lines, [], case.period)
    return Settled(case.period, _NO_TIME, COMPLETE, inputs, statement)


def _new_lines(
    settlement: Mapping[str, Any],
    inputs: Mapping[str, str],
    case: Case,
    before: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Give the lines of the next version, with what months before still owe."""
    month = case.period.billing_month
    issue = replace(_issue(inputs, case), owed=owed_by_meter(before, month))
    of_month = [row for row in before if row["billing_month"] == month]
    return next_versions([settlement], of_month, issue)


def _require_some(own: Sequence[MeteredInterval], period: Period) -> None:
    if not own:
        raise InputError(
            f"usage: got none from {period.first_day} to {period.last_day}, expected "
            "at least one interval of the meter"
        )


def _issue(inputs: Mapping[str, str], case: Case) -> Issue:
    month = case.period.billing_month
    return Issue(
        billing_month=month,
        terms=case.rate.terms_of(month),
        rate=rate_name(case.rate, month),
        inputs_sha256=sha256_of(inputs),
        issued_at=None,
        demand_kw=case.demand_kw,
    )


def touches(each: MeteredInterval, span: Span) -> bool:
    """Tell whether some of an interval lies in a stretch of time."""
    end = each.interval_start_utc + timedelta(seconds=each.duration_seconds)
    return each.interval_start_utc < span.end_utc and end > span.start_utc


def _time(
    used: Mapping[datetime, UsedHour], channels: int, period: Period
) -> MeteredTime:
    known = sum(hour.heard_seconds for hour in used.values())
    estimated = sum(hour.estimated_seconds for hour in used.values())
    length = period.span.end_utc - period.span.start_utc
    return MeteredTime(
        expected=channels * (length // timedelta(seconds=1)),
        metered=known - estimated,
        estimated=estimated,
        unpriced=0,
    )


def _inputs(
    own: Sequence[MeteredInterval], used: Mapping[datetime, UsedHour], case: Case
) -> dict[str, str]:
    """Hash what was settled; where in which file it stood is no part of it."""
    usage = [replace(each, place="") for each in own]
    prices = [(t, case.prices[t]) for t in sorted(used) if t in case.prices]
    return {
        "usage_sha256": sha256_of(usage),
        "prices_sha256": sha256_of(prices),
        "rate_sha256": rate_sha256(case.rate, case.period.billing_month),
        "period": f"{case.period.first_day} to {case.period.last_day}",
    }


def _priced(
    used: Mapping[datetime, UsedHour], prices: Prices
) -> Iterator[PricedInterval]:
    for start, hour in used.items():
        price = prices.get(start)
        yield PricedInterval(
            start, HOUR_SECONDS, hour.import_kwh, hour.export_kwh, price
        )


def _all_hours(
    used: Mapping[datetime, UsedHour], period: Period
) -> dict[datetime, UsedHour]:
    span = period.span
    count = (span.end_utc - span.start_utc) // HOUR
    starts = (span.start_utc + i * HOUR for i in range(count))
    return {start: used.get(start, UsedHour()) for start in starts}


def _statement(
    lines: Sequence[Mapping[str, Any]], hours: Sequence[StatementHour], period: Period
) -> Statement | None:
    of_month = {"billing_month": period.billing_month}
    statements = statements_of(({**line, **of_month} for line in lines), [])
    return replace(statements[0], hours=tuple(hours)) if statements else None
