"""May a month be billed, and until when may it be billed anew: what a rate says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ter_pipelines.settlement.statement import COMPLETE, INCOMPLETE, WITHIN_LIMIT
from ter_pipelines.vocab.clock import DAY, day_span, days_of_month
from ter_pipelines.vocab.rate import Rate, Terms


@dataclass(frozen=True, kw_only=True)
class MeteredTime:
    """How much of a meter's month is known, in seconds.

    Args:
        expected: The meter was in service.
        metered: There is usage as it was metered.
        estimated: There is usage that was estimated.
        unpriced: There is usage, and no price.
    """

    expected: int
    metered: int
    estimated: int
    unpriced: int


def gate_state(time: MeteredTime, terms: Terms) -> str:
    """Tell whether a month may be billed under a rate.

    Returns:
        COMPLETE if all of it was metered, or estimated where there is no limit to
        that; WITHIN_LIMIT if enough of it was metered or estimated, and no more
        estimated than may be; else INCOMPLETE. Usage without a price blocks a bill
        whatever the shares, and so does a month of no usage.
    """
    known = time.metered + time.estimated
    if time.unpriced > 0 or known == 0:
        return INCOMPLETE
    is_as_good = terms.maximum_estimated == 1
    if (known if is_as_good else time.metered) >= time.expected:
        return COMPLETE
    expected = Decimal(time.expected)
    is_enough = known >= terms.minimum_completeness * expected
    is_metered_enough = time.estimated <= terms.maximum_estimated * expected
    return WITHIN_LIMIT if is_enough and is_metered_enough else INCOMPLETE


def cut_off_utc(rate: Rate, billing_month: str) -> datetime:
    """Give the instant from which a month is settled: a local midnight."""
    return _days_after(rate, billing_month, rate.terms_of(billing_month).cut_off_days)


def adjustable_until_utc(rate: Rate, billing_month: str) -> datetime:
    """Give the instant from which a month is not settled anew: a local midnight."""
    terms = rate.terms_of(billing_month)
    return _days_after(rate, billing_month, terms.adjustment_days)


def _days_after(rate: Rate, billing_month: str, days: int) -> datetime:
    next_month = days_of_month(billing_month)[-1] + DAY
    return day_span(next_month + timedelta(days=days), rate.zone).start_utc
