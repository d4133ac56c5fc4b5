"""A statement as a document: its lines, its hours, and the same as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.statement import TOTAL
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.units import plain

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StatementHour:
    """An hour as it was billed.

    Args:
        interval_start_utc: Start of the half-open hour.
        duration_seconds: Its length.
        import_kwh: Taken.
        export_kwh: Given; not negative.
        price_per_kwh: Of the hour; None where nothing was used and none is known.
        import_amount: What the import costs.
        export_amount: What the export earns; a credit is negative.
        price_submission_id: Submission of the price; None if it came from a file.
        usage_version: Highest version of usage in it; 0 where nothing was heard.
        quality: `E` if some of it is estimated, else `A` if adjusted.
        heard_seconds: Device time with usage.
        missing_seconds: Device time without.
    """

    interval_start_utc: datetime
    duration_seconds: int
    import_kwh: Decimal
    export_kwh: Decimal
    price_per_kwh: Decimal | None
    import_amount: Decimal
    export_amount: Decimal
    price_submission_id: int | None
    usage_version: int
    quality: str
    heard_seconds: int
    missing_seconds: int

    @property
    def amount(self) -> Decimal:
        """Give what the hour comes to."""
        return self.import_amount + self.export_amount

    @property
    def net_kwh(self) -> Decimal:
        """Give what was taken less what was given."""
        return self.import_kwh - self.export_kwh


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """A line, with what it is called where people read it.

    Args:
        line_code: Such as `import_energy`.
        line_title: For people.
        energy_kwh: Of the line; 0 where it is none of energy.
        exact_amount: Before rounding.
        amount: In cents.
        components: What each component of the hours' prices came to, exactly; none
            where the rate does not tell them.
    """

    line_code: str
    line_title: str
    energy_kwh: Decimal
    exact_amount: Decimal
    amount: Decimal
    components: Mapping[str, Decimal] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One version of a statement.

    Args:
        statement_id: Meter, month and version.
        meter_id: Meter of the billing system.
        billing_month: Written `2025-11`.
        version: 1, 2 ...
        label: INITIAL, R1 ...
        currency: ISO 4217 code.
        state: COMPLETE or WITHIN_LIMIT.
        missing_seconds: Metered time that is not billed.
        rounding_policy: How amounts were rounded.
        rate: The rate and its version.
        content_sha256: Hash of what it says.
        inputs_sha256: Hash of what it was made from.
        issued_at: When; None if it was not issued.
        lines: In order; the last is the total.
        hours: In order of time.
    """

    statement_id: str
    meter_id: str
    billing_month: str
    version: int
    label: str
    currency: str
    state: str
    missing_seconds: int
    rounding_policy: str
    rate: str
    content_sha256: str
    inputs_sha256: str
    issued_at: datetime | None
    lines: tuple[StatementLine, ...]
    hours: tuple[StatementHour, ...]

    @property
    def total(self) -> StatementLine:
        """Give the line that is the sum of the others."""
        return next(line for line in self.lines if line.line_code == TOTAL)


def statements_of(
    lines: Iterable[Row], hours: Iterable[Row], components: Iterable[Row] = ()
) -> list[Statement]:
    """Put the statements of one meter and month together, version after version.

    Args:
        lines: Rows of `out/statement`.
        hours: Rows of `out/statement_hour`; those that no line names are left out.
        components: Rows of `out/statement_component`, likewise.
    """
    parts: dict[tuple[int, str, str], dict[str, Decimal]] = {}
    for part in components:
        of_line = part["version"], part["inputs_sha256"], part["line_code"]
        parts.setdefault(of_line, {})[part["component"]] = part["exact_amount"]
    lines_by_version: dict[tuple[int, str], list[Row]] = {}
    for line in sorted(lines, key=lambda row: (row["version"], row["line_number"])):
        key = line["version"], line["inputs_sha256"]
        told_parts = parts.get((*key, line["line_code"]), {})
        whole = {**line, "components": told_parts}
        lines_by_version.setdefault(key, []).append(whole)
    hours_by_version: dict[tuple[int, str], list[Row]] = {}
    for hour in sorted(hours, key=lambda row: str(row["interval_start_utc"])):
        key = hour["version"], hour["inputs_sha256"]
        hours_by_version.setdefault(key, []).append(hour)
    return [
        _statement(rows, hours_by_version.get(key, []))
        for key, rows in lines_by_version.items()
    ]


def told(statement: Statement, *, has_hours: bool) -> dict[str, Any]:
    """Give a statement as plain data; every number of money or energy is text."""
    said = _told_fields(statement)
    said["lines"] = [_told_line(line) for line in statement.lines]
    said["hours"] = [_told_fields(hour) for hour in statement.hours]
    if not has_hours:
        del said["hours"]
    return said


def _told_line(line: StatementLine) -> dict[str, Any]:
    said = _told_fields(line) | {"amount": str(line.amount)}
    parts = said.pop("components")
    if parts:
        said["components"] = {name: plain(amount) for name, amount in parts.items()}
    return said


def told_value(value: object) -> object:
    """Give a value as JSON has it; decimals are text, without needless zeros."""
    if isinstance(value, Decimal):
        return plain(value)
    return iso_utc(value) if isinstance(value, datetime) else value


def _statement(lines: Sequence[Row], hours: Sequence[Row]) -> Statement:
    own = {"lines", "hours"}
    head = {f.name: lines[0][f.name] for f in fields(Statement) if f.name not in own}
    return Statement(
        **head,
        lines=tuple(StatementLine(**_named(StatementLine, line)) for line in lines),
        hours=tuple(StatementHour(**_named(StatementHour, hour)) for hour in hours),
    )


def _named(kind: type, row: Row) -> dict[str, Any]:
    return {f.name: row[f.name] for f in fields(kind)}


def _told_fields(value: Any) -> dict[str, Any]:  # noqa: ANN401
    return {f.name: told_value(getattr(value, f.name)) for f in fields(value)}
