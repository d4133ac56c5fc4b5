"""Partitions: operating days and billing months in the programme's zone.

Dagster wants partitions when assets are declared, so this module reads the settings
when the code location loads; nothing else does.
"""

from datetime import date
from zoneinfo import ZoneInfo

import dagster as dg

from ter_pipelines.settings import read_settings

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
_programme = read_settings().read_programme()

ZONE: ZoneInfo = _programme.zone

operating_days = dg.DailyPartitionsDefinition(
    start_date=f"{_programme.first_operating_day}",
    timezone=ZONE.key,
    end_offset=2,  # through tomorrow
)
billing_months = dg.MonthlyPartitionsDefinition(
    start_date=f"{_programme.first_operating_day:%Y-%m-01}",
    timezone=ZONE.key,
    end_offset=1,  # through this month
)


def days_of(context: dg.AssetExecutionContext) -> list[date]:
    """Give the operating days a run is about, in order."""
    return [date.fromisoformat(key) for key in sorted(context.partition_keys)]


def months_of(context: dg.AssetExecutionContext) -> list[str]:
    """Give the billing months a run is about, written `2025-11`, in order."""
    return [key[:7] for key in sorted(context.partition_keys)]
