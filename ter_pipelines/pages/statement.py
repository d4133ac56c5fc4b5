"""The page of a statement, for whoever pays it: a browser or a printer shows it.

It needs no script and nothing from elsewhere. The same statement gives the same page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ter_pipelines.pages import wording
from ter_pipelines.pages.statement_changes import told_change, version_name
from ter_pipelines.pages.statement_days import days_of, picture_of_day, picture_of_month
from ter_pipelines.pages.templates import fill
from ter_pipelines.pages.wording import NOTHING
from ter_pipelines.settlement.differences import Difference
from ter_pipelines.settlement.document import Statement, StatementHour, StatementLine
from ter_pipelines.settlement.flat_rate import FlatRate
from ter_pipelines.settlement.statement import TOTAL
from ter_pipelines.vocab.rate import EXPORT_LINE, IMPORT_LINE, NET_LINE

Context = dict[str, Any]
_EXACT_PLACES = 6
_HUNDRED = Decimal(100)
_LEAST_BAR = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class StatementPage:
    """What a page shows.

    Args:
        title: Of the programme.
        zone: By whose clock days and hours are.
        statement: The version, with its hours.
        differences: Of the versions up to this one, each to the one before it.
        flat_rate: The same usage at one price; None if it cannot be told.
    """

    title: str
    zone: ZoneInfo
    statement: Statement
    differences: tuple[Difference, ...] = ()
    flat_rate: FlatRate | None = None


def statement_page(page: StatementPage) -> str:
    """Write the page as HTML that stands alone: a file one can keep and send."""
    return fill("statement.html", statement_context(page))


def statement_context(page: StatementPage) -> Context:
    """Give what `statement.html` is filled with."""
    return (
        _head(page)
        | _hours(page)
        | {
            "lines": [_line(line, page.statement) for line in page.statement.lines],
            "differences": [
                told_change(each, page.zone) for each in reversed(page.differences)
            ],
            "flat": _flat(page.flat_rate, page.statement.currency),
        }
    )


def _head(page: StatementPage) -> Context:
    statement = page.statement
    currency, total = statement.currency, statement.total.amount
    return {
        "title": page.title,
        "month": wording.month_name(statement.billing_month),
        "statement": statement,
        "version": version_name(statement),
        "amount": wording.money(abs(total), currency),
        "amount_is": _asks(total, is_corrected=statement.version > 1),
        "changed": _changed(page),
        "issued": statement.issued_at
        and wording.moment(statement.issued_at, page.zone),
        "adds_up": _adds_up(statement),
        "missing": statement.missing_seconds
        and wording.length(statement.missing_seconds),
    }


def _adds_up(statement: Statement) -> bool:
    """Tell whether the hours are the lines of energy, to the places shown."""
    energy = {IMPORT_LINE, EXPORT_LINE, NET_LINE}
    lines = [x.exact_amount for x in statement.lines if x.line_code in energy]
    hours = [hour.amount for hour in statement.hours]
    apart = sum(lines, Decimal(0)) - sum(hours, Decimal(0))
    return bool(hours) and abs(apart) < Decimal(1).scaleb(-_EXACT_PLACES)


def _changed(page: StatementPage) -> str:
    """Say what a correction comes to, and where it is billed.

    What statements of other months said of it already, the page cannot know.
    """
    if not page.differences:
        return ""
    currency = page.statement.currency
    amount = page.differences[-1].amount
    said = f"{wording.change(amount, currency)} against the version before"
    if len(page.differences) > 1:
        since = sum((each.amount for each in page.differences), Decimal("0.00"))
        return (
            f"{said}, {wording.change(since, currency)} against the first; your next "
            "statement sets off what was billed otherwise"
        )
    if amount == 0:
        return f"{said}; nothing of it is billed"
    return f"{said}; it stands on your next statement"


def _asks(total: Decimal, *, is_corrected: bool) -> str:
    if is_corrected:
        return "is what the month comes to now; nothing is to pay by this page"
    if total == 0:
        return "nothing to pay or to get back"
    return "to pay" if total > 0 else "back to you"


def _line(line: StatementLine, statement: Statement) -> Context:
    currency = statement.currency
    is_energy = line.energy_kwh != 0 and line.line_code != TOTAL
    average = line.exact_amount / line.energy_kwh if is_energy else None
    return {
        "title": line.line_title,
        "is_total": line.line_code == TOTAL,
        "energy": wording.energy(line.energy_kwh) if is_energy else NOTHING,
        "average": NOTHING
        if average is None
        else wording.price(abs(average), currency),
        "exact": wording.money(line.exact_amount, currency, _EXACT_PLACES),
        "amount": wording.money(line.amount, currency),
        "components": [
            {
                "title": wording.component(name),
                "amount": wording.money(amount, currency, _EXACT_PLACES),
            }
            for name, amount in line.components.items()
        ],
    }


def _hours(page: StatementPage) -> Context:
    hours, currency = page.statement.hours, page.statement.currency
    if not hours:
        return {"days": [], "month_picture": "", "day_picture": "", "facts": []}
    days = days_of(hours, page.zone)
    return {
        "days": [day.told(currency) for day in days],
        "month_picture": Markup(picture_of_month(days, currency)),  # noqa: S704
        "day_picture": Markup(picture_of_day(hours, page.zone, currency)),  # noqa: S704
        "facts": _facts(hours, page.zone, currency),
    }


def _facts(
    hours: Sequence[StatementHour], zone: ZoneInfo, currency: str
) -> list[Context]:
    """Give what is worth knowing of a month at a glance."""
    priced = [hour for hour in hours if hour.price_per_kwh is not None]
    used = sum((hour.import_kwh for hour in hours), Decimal(0))
    given = sum((hour.export_kwh for hour in hours), Decimal(0))
    facts = [
        {"name": "Energy you used", "value": f"{wording.energy(used, 1)} kWh"},
        {"name": "Energy you gave back", "value": f"{wording.energy(given, 1)} kWh"},
    ]
    if priced:
        by_price = sorted(priced, key=lambda hour: hour.price_per_kwh or Decimal(0))
        for name, hour in (("Lowest", by_price[0]), ("Highest", by_price[-1])):
            facts.append(
                {
                    "name": f"{name} price of an hour",
                    "value": wording.price(hour.price_per_kwh or Decimal(0), currency),
                    "note": wording.moment(hour.interval_start_utc, zone),
                }
            )
    return facts


def _flat(flat: FlatRate | None, currency: str) -> Context | None:
    if flat is None:
        return None
    longest = max(abs(flat.hourly_amount), abs(flat.flat_amount)) or Decimal(1)
    return {
        "price": wording.price(flat.price_per_kwh, currency),
        "is_average": flat.is_average,
        "saved": wording.money(abs(flat.saved), currency),
        "has_saved": flat.saved > 0,
        "is_even": flat.saved == 0,
        "bars": [
            {
                "name": name,
                "amount": wording.money(amount, currency),
                "is_credit": amount < 0,
                "share": f"{max(abs(amount) / longest * _HUNDRED, _LEAST_BAR):.1f}",
            }
            for name, amount in (
                ("At the price of each hour", flat.hourly_amount),
                ("At one price for every hour", flat.flat_amount),
            )
        ],
    }
