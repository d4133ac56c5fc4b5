"""A month that was added up over many hours at once, under the terms of a rate.

The queries of the store do the adding; what they need of the terms, and what is left to
do per meter, is here. `settlement.energy` says the same of single intervals.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.settlement.energy import (
    loss_factors,
    netted_by_month,
    with_losses,
)
from ter_pipelines.settlement.gate import MeteredTime, gate_state
from ter_pipelines.settlement.rate import kept
from ter_pipelines.settlement.statement import Month
from ter_pipelines.vocab.clock import days_between, operating_day_of
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.rate import PriceRule, Rate, Terms

Row = Mapping[str, Any]
METERS_AT_ONCE = 20_000
LAST_NAME = chr(0x10FFFF)
_MOMENT = timedelta(microseconds=1)


def meter_ranges(meter_ids: Iterable[str]) -> Iterator[dict[str, str]]:
    """Give which meters a query is asked about at a time, so that memory is bounded.

    Args:
        meter_ids: The meters there should be.

    Returns:
        `after_meter`, which is not of the range, and `last_meter`, which is. Together
        the ranges have every name there can be.

    >>> list(meter_ranges([])) == [{"after_meter": "", "last_meter": LAST_NAME}]
    True
    """
    after = ""
    for last in sorted(set(meter_ids))[METERS_AT_ONCE - 1 : -1 : METERS_AT_ONCE]:
        yield {"after_meter": after, "last_meter": last}
        after = last
    yield {"after_meter": after, "last_meter": LAST_NAME}


def rule_values(terms: Terms) -> dict[str, object]:
    """Give what `rated_month` and `statement_hour` ask of the terms."""
    return {
        "netting": terms.netting,
        **_of_rule("import", terms.import_price),
        **_of_rule("export", terms.export_price),
    }


def loss_values(terms: Terms) -> dict[str, object]:
    """Give what `statement_hour` asks about losses."""
    factors = loss_factors(terms)
    return {
        "import_quantity_factor": factors.import_kwh,
        "export_quantity_factor": factors.export_kwh,
        "import_loss_factor": factors.import_amount,
        "export_loss_factor": factors.export_amount,
    }


def month_of_sums(sums: Row, terms: Terms) -> Month:
    """Give a meter's month from its sums: netted by the month, with losses."""
    names = ("import_kwh", "export_kwh", "import_amount", "export_amount")
    month = Month(*(sums[name] for name in names))
    if terms.netting == "month":
        month = netted_by_month(month, terms)
    return kept(with_losses(month, terms))


def state_of(settled: Row, terms: Terms) -> str:
    """Tell whether a row of `monthly_settlement` may be billed."""
    time = MeteredTime(
        expected=settled["expected_seconds"],
        metered=settled["settled_seconds"] - settled["estimated_seconds"],
        estimated=settled["estimated_seconds"],
        unpriced=settled["unpriced_seconds"],
    )
    return gate_state(time, terms)


def served_days(served: Sequence[Mapping[str, datetime]], zone: ZoneInfo) -> int:
    """Count the local days that half-open stretches of time touch.

    >>> from datetime import UTC
    >>> noon, midnight = datetime(2025, 11, 3, 17, tzinfo=UTC), datetime(
    ...     2025, 11, 4, 5, tzinfo=UTC)
    >>> served_days([{"since_utc": noon, "until_utc": midnight}],
    ...             ZoneInfo("America/New_York"))
    1
    """
    days: set[date] = set()
    for stretch in served:
        since, until = stretch["since_utc"], stretch["until_utc"]
        if since < until:
            last = operating_day_of(until - _MOMENT, zone)
            days.update(days_between(operating_day_of(since, zone), last))
    return len(days)


def require_currency(settled: Sequence[Row], rate: Rate) -> None:
    """Refuse hours that were priced in another currency than the rate's.

    Raises:
        InputError: Naming the first such meter.
    """
    for row in settled:
        if row["currency"] not in {None, rate.currency}:
            raise InputError(
                f"meter {row['meter_id']}: got hours priced in {row['currency']}, "
                f"expected {rate.currency}, the currency of rate {rate.rate_id}"
            )


def _of_rule(direction: str, rule: PriceRule) -> dict[str, object]:
    return {
        f"{direction}_factor": rule.factor,
        f"{direction}_adder": rule.adder_per_kwh,
        f"{direction}_floor": rule.floor_per_kwh,
        f"{direction}_cap": rule.cap_per_kwh,
        f"{direction}_fixed": rule.fixed_per_kwh,
    }
