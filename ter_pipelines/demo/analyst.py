"""What an analyst sees: the warehouse file, opened read-only in DuckDB."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb


class Analyst:
    """Somebody with the warehouse file."""

    def __init__(self, warehouse: Path) -> None:
        """Use the file as it is at each question."""
        self.warehouse = warehouse

    def ask(self, sql: str, **values: object) -> list[dict[str, Any]]:
        """Ask a question; give rows by column name."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(sql, values or None)
            names = [column[0] for column in found.description or []]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def bills(self, month: str) -> list[dict[str, Any]]:
        """Give each meter's month as the newest version of its statement has it."""
        return self.ask(BILLS, month=month)

    def completeness(self, month: str) -> list[dict[str, Any]]:
        """Give each meter's metered and expected hours."""
        return self.ask(COMPLETENESS, month=month)

    def quarantined(self) -> list[dict[str, Any]]:
        """Give what could not be used, by device and reason."""
        return self.ask(QUARANTINED)

    def cmep_files(self, month: str) -> list[Mapping[str, Any]]:
        """Give the send log of a month, newest last."""
        return list(self.ask(CMEP_FILES, month=month))

    def published_days(self) -> int:
        """Count the days that have a price curve."""
        counted: int = self.ask(PUBLISHED)[0]["days"]
        return counted


BILLS = """
WITH newest AS (
    SELECT *
    FROM out.statement
    WHERE billing_month = $month
    QUALIFY version = max(version) OVER (PARTITION BY meter_id)
)
SELECT
    n.meter_id,
    max(n.label) AS label,
    max(n.state) AS state,
    sum(n.energy_kwh) FILTER (n.line_code = 'import_energy') AS import_kwh,
    sum(n.amount) FILTER (n.line_code = 'import_energy') AS import_amount,
    sum(n.energy_kwh) FILTER (n.line_code = 'export_credit') AS export_kwh,
    sum(n.amount) FILTER (n.line_code = 'export_credit') AS export_amount,
    sum(n.amount) FILTER (n.line_code = 'total') AS total,
    any_value(n.currency) AS currency
FROM newest AS n
GROUP BY n.meter_id
ORDER BY n.meter_id
"""
COMPLETENESS = """
SELECT
    meter_id,
    settled_seconds // 3600 AS metered_hours,
    expected_seconds // 3600 AS expected_hours,
    state
FROM core.monthly_settlement
WHERE billing_month = $month
ORDER BY meter_id
"""
QUARANTINED = """
SELECT ven_id, device_id, reason, count(*) AS intervals, any_value(explanation) AS why
FROM core.quarantined_usage
GROUP BY ven_id, device_id, reason
ORDER BY ven_id, device_id, reason
"""
CMEP_FILES = """
SELECT file_name, path, records, size_bytes, sha256, import_kwh, export_kwh
FROM out.cmep_file
WHERE billing_month = $month
ORDER BY version
"""
PUBLISHED = """
SELECT count(DISTINCT operating_day) AS days FROM core.price_curve
"""
