"""What every asset shares: how it is described, what it reports, when it retries."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.formats.svg import as_markdown, bar_chart
from ter_pipelines.partitions import billing_months, operating_days
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.errors import InputError, SettingsError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.table import Table
from ter_pipelines.vocab.units import plain

OWNERS = {
    "prices": "team:retail-prices",
    "meters": "team:metering",
    "usage": "team:metering",
    "settlement": "team:settlement",
    "exports": "team:settlement",
    "accounts": "team:settlement",
    "dispatch": "team:dispatch",
}
REMOTE_RETRIES = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL)
FINDINGS_SHOWN = 50
_PARTITIONS = {
    "operating_day": operating_days,
    "billing_month": billing_months,
    None: None,
}


def described(
    table: Table, *, group: str, kinds: set[str], upstream: Sequence[Table] = ()
) -> dict[str, Any]:
    """Give what `dg.asset` or `dg.AssetSpec` says of a table, from its description."""
    columns = [
        dg.TableColumn(c.name, c.type, f"{c.meaning} {c.unit}".strip())
        for c in table.columns
    ]
    return {
        "key": table.asset_key,
        "deps": [t.asset_key for t in upstream],
        "description": f"{table.meaning}\n\nOne row for each: {table.grain}.",
        "group_name": group,
        "owners": [OWNERS[group]],
        "kinds": kinds,
        "partitions_def": _PARTITIONS[table.partition],
        "metadata": {"dagster/column_schema": dg.TableSchema(columns=columns)},
    }


def blocking(name: str, table: Table, must_hold: str) -> dg.AssetCheckSpec:
    """Describe a check that stops everything downstream when it fails."""
    return dg.AssetCheckSpec(
        name, asset=table.asset_key, blocking=True, description=must_hold
    )


def telling(name: str, table: Table, tells: str) -> dg.AssetCheckSpec:
    """Describe a check that is seen and stops nothing."""
    return dg.AssetCheckSpec(name, asset=table.asset_key, description=tells)


def verdict(
    spec: dg.AssetCheckSpec,
    findings: Sequence[Finding],
    *,
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR,
) -> dg.AssetCheckResult:
    """Give a check's result: it passed when nothing was found."""
    lines = [f"- {finding}" for finding in findings[:FINDINGS_SHOWN]]
    if len(findings) > FINDINGS_SHOWN:
        lines.append(f"- and {len(findings) - FINDINGS_SHOWN} more")
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=not findings,
        severity=severity,
        metadata={
            "findings": len(findings),
            "what": dg.MetadataValue.md("\n".join(lines) or "Nothing."),
        },
    )


def warning(
    spec: dg.AssetCheckSpec, findings: Sequence[Finding]
) -> dg.AssetCheckResult:
    """Give a check's result as a warning when something was found."""
    return verdict(spec, findings, severity=dg.AssetCheckSeverity.WARN)


def report_partition(
    context: dg.AssetExecutionContext,
    table: Table,
    partition: object,
    facts: Mapping[str, Any],
) -> None:
    """Attach facts to one partition's materialization."""
    context.add_asset_metadata(
        {name: _shown(value) for name, value in facts.items()},
        asset_key=table.asset_key,
        partition_key=_partition_key(table, partition),
    )


def picture(values: Sequence[Decimal | None], *, title: str, unit: str) -> Any:  # noqa: ANN401
    """Give a bar chart as metadata; a missing value is an empty place."""
    svg = bar_chart([value or Decimal(0) for value in values], title=title, unit=unit)
    return dg.MetadataValue.md(as_markdown(svg, title))


def hashes_of(lake: Lake, partition: object, *upstream: Table) -> dict[str, str]:
    """Give the hash of what each upstream partition says, empty for none.

    To be asked before the partition is read: what is written in between then shows as
    out of date, and is done again.
    """
    found = {table.name: lake.stored(table, partition) for table in upstream}
    return {
        name: stored.content_sha256 if stored else "" for name, stored in found.items()
    }


def total(frame: pl.DataFrame, column: str) -> Decimal:
    """Add up a decimal column exactly; an empty one is zero.

    Polars adds up decimals as whole numbers, and stops where they are too many digits.
    """
    return Decimal(frame[column].sum())


def utc_now() -> datetime:
    """Read the clock, for stamps only."""
    return datetime.now(UTC)


@contextmanager
def bad_input_is_final() -> Iterator[None]:
    """Keep a retry policy from trying again what cannot get better."""
    try:
        yield
    except (InputError, SettingsError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _partition_key(table: Table, partition: object) -> str:
    return f"{partition}-01" if table.partition == "billing_month" else str(partition)


def _shown(value: Any) -> Any:  # noqa: ANN401
    return plain(value) if isinstance(value, Decimal) else value
