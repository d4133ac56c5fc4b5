"""What changed between two versions of a statement, and what each change comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

from ter_pipelines.settlement.document import (
    Statement,
    StatementHour,
    StatementLine,
    told_value,
)
from ter_pipelines.settlement.energy import EXACT
from ter_pipelines.settlement.statement import TOTAL

USAGE, PRICE, RATE = "usage", "price", "rate"


@dataclass(frozen=True, kw_only=True)
class HourChange:
    """An hour that two versions bill differently.

    Args:
        before: As it was billed; None if it was not.
        after: As it is billed now; None if it is no more.
        causes: `usage` or `price`, or both; `rate` if neither changed.
    """

    before: StatementHour | None
    after: StatementHour | None
    causes: tuple[str, ...]

    @property
    def interval_start_utc(self) -> datetime:
        """Give the start of the hour."""
        hour = self.after or self.before
        if hour is None:
            raise ValueError("a change of no hour")
        return hour.interval_start_utc

    @property
    def amount(self) -> Decimal:
        """Give what the change comes to, exactly."""
        with localcontext(EXACT):
            return _amount(self.after) - _amount(self.before)


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """A line whose energy or amount is another; None where there was or is none."""

    line_code: str
    line_title: str
    before: StatementLine | None
    after: StatementLine | None

    @property
    def amount(self) -> Decimal:
        """Give the difference of the rounded amounts."""
        now = self.after.amount if self.after else Decimal("0.00")
        return now - (self.before.amount if self.before else Decimal("0.00"))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one version says otherwise than the one before it.

    Args:
        before: The older version.
        after: The newer one.
        lines: Whose energy or amount changed; the total is not among them.
        hours: That are billed differently, in order of time.
    """

    before: Statement
    after: Statement
    lines: tuple[LineChange, ...]
    hours: tuple[HourChange, ...]

    @property
    def amount(self) -> Decimal:
        """Give what the next statement adds or gives back for this month."""
        return self.after.total.amount - self.before.total.amount

    def amount_by_cause(self) -> dict[str, Decimal]:
        """Give what the changed hours come to, by cause; exact, before rounding."""
        sums: dict[str, Decimal] = {}
        with localcontext(EXACT):
            for hour in self.hours:
                cause = " and ".join(hour.causes)
                sums[cause] = sums.get(cause, Decimal(0)) + hour.amount
        return sums


def differences(statements: Sequence[Statement]) -> list[Difference]:
    """Give the difference of each version to the one before it."""
    return [
        Difference(
            before=before,
            after=after,
            lines=tuple(_changed_lines(before, after)),
            hours=tuple(_changed_hours(before, after)),
        )
        for before, after in pairwise(statements)
    ]


def told_difference(difference: Difference) -> dict[str, Any]:
    """Give a difference as plain data; every number of money or energy is text."""
    return {
        "statement_id": difference.after.statement_id,
        "before": difference.before.label,
        "after": difference.after.label,
        "currency": difference.after.currency,
        "amount": str(difference.amount),
        "exact_by_cause": {
            cause: told_value(amount)
            for cause, amount in difference.amount_by_cause().items()
        },
        "lines": [_told_line(line) for line in difference.lines],
        "hours": [_told_hour(hour) for hour in difference.hours],
    }


def _changed_lines(before: Statement, after: Statement) -> Iterable[LineChange]:
    was = {line.line_code: line for line in before.lines}
    now = {line.line_code: line for line in after.lines}
    for code in dict.fromkeys([*was, *now]):
        old, new = was.get(code), now.get(code)
        shown = new or old
        if code == TOTAL or old == new or shown is None:
            continue
        yield LineChange(
            line_code=code, line_title=shown.line_title, before=old, after=new
        )


def _changed_hours(before: Statement, after: Statement) -> Iterable[HourChange]:
    was = {hour.interval_start_utc: hour for hour in before.hours}
    now = {hour.interval_start_utc: hour for hour in after.hours}
    for start in sorted(was.keys() | now.keys()):
        old, new = was.get(start), now.get(start)
        causes = _causes(old, new)
        if causes:
            yield HourChange(before=old, after=new, causes=causes)


def _causes(
    before: StatementHour | None, after: StatementHour | None
) -> tuple[str, ...]:
    causes = []
    if _energy(before) != _energy(after):
        causes.append(USAGE)
    if before and after and before.price_per_kwh != after.price_per_kwh:
        causes.append(PRICE)
    if not causes and _amount(before) != _amount(after):
        causes.append(RATE)
    return tuple(causes)


def _energy(hour: StatementHour | None) -> tuple[Decimal, Decimal]:
    return (hour.import_kwh, hour.export_kwh) if hour else (Decimal(0), Decimal(0))


def _amount(hour: StatementHour | None) -> Decimal:
    return hour.amount if hour else Decimal(0)


def _told_line(line: LineChange) -> dict[str, object]:
    return {
        "line_code": line.line_code,
        "line_title": line.line_title,
        "before_kwh": told_value(line.before and line.before.energy_kwh),
        "after_kwh": told_value(line.after and line.after.energy_kwh),
        "before_amount": str(line.before.amount) if line.before else None,
        "after_amount": str(line.after.amount) if line.after else None,
        "amount": str(line.amount),
    }


def _told_hour(change: HourChange) -> dict[str, object]:
    said: dict[str, object] = {
        "interval_start_utc": told_value(change.interval_start_utc),
        "causes": list(change.causes),
    }
    for when, hour in (("before", change.before), ("after", change.after)):
        said[f"{when}_kwh"] = told_value(hour and hour.net_kwh)
        said[f"{when}_price_per_kwh"] = told_value(hour and hour.price_per_kwh)
        said[f"{when}_usage_version"] = hour and hour.usage_version
        said[f"{when}_price_submission_id"] = hour and hour.price_submission_id
    return said | {"amount": told_value(change.amount)}
