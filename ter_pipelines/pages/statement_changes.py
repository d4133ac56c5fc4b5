"""What a statement's page says of a correction: which lines and hours, and why."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.pages import wording
from ter_pipelines.pages.wording import NOTHING
from ter_pipelines.settlement.differences import Difference, HourChange, LineChange
from ter_pipelines.settlement.document import Statement, StatementHour

Context = dict[str, Any]
_CAUSES = {
    "usage": "usage corrected",
    "price": "price corrected",
    "rate": "other terms of the rate",
}
_EXACT_PLACES = 6


def version_name(statement: Statement) -> str:
    """Name a version as a reader would."""
    if statement.version == 1:
        return "First statement"
    return f"Correction {statement.version - 1}"


def told_change(difference: Difference, zone: ZoneInfo) -> Context:
    """Give what the page says of the difference between two versions."""
    currency = difference.after.currency
    return {
        "title": f"{version_name(difference.after)}: what changed since "
        f"{version_name(difference.before).lower()}",
        "amount": wording.change(difference.amount, currency),
        "issued": difference.after.issued_at
        and wording.moment(difference.after.issued_at, zone),
        "causes": [
            {
                "name": " and ".join(_CAUSES[c] for c in cause.split(" and ")),
                "amount": wording.change(amount, currency, _EXACT_PLACES),
            }
            for cause, amount in difference.amount_by_cause().items()
        ],
        "lines": [_changed_line(line, currency) for line in difference.lines],
        "hours": [_changed_hour(hour, zone, currency) for hour in difference.hours],
    }


def _changed_line(line: LineChange, currency: str) -> Context:
    return {
        "title": line.line_title,
        "before": wording.money(line.before.amount, currency)
        if line.before
        else NOTHING,
        "after": wording.money(line.after.amount, currency) if line.after else NOTHING,
        "amount": wording.change(line.amount, currency),
    }


def _changed_hour(hour: HourChange, zone: ZoneInfo, currency: str) -> Context:
    both = (hour.before, hour.after)
    return {
        "when": wording.moment(hour.interval_start_utc, zone),
        "why": " and ".join(_CAUSES[cause] for cause in hour.causes),
        "usage": _from_to([_usage(each) for each in both]),
        "price": _from_to([_price(each, currency) for each in both]),
        "amount": wording.change(hour.amount, currency, _EXACT_PLACES),
    }


def _usage(hour: StatementHour | None) -> str:
    if hour is None:
        return NOTHING
    return wording.energy(hour.net_kwh) if hour.heard_seconds else "missing"


def _price(hour: StatementHour | None, currency: str) -> str:
    if hour is None or hour.price_per_kwh is None:
        return NOTHING
    return wording.price(hour.price_per_kwh, currency, 3)


def _from_to(said: Sequence[str]) -> str:
    before, after = said
    return after if before == after else f"{before} \N{RIGHTWARDS ARROW} {after}"
