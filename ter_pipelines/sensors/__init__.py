"""Sensors: what arrived -> runs. They pick; they do not work.

Each asks `freshness` what is out of date and requests runs over contiguous days. While
a job runs its sensor waits, so that whatever arrives meanwhile is taken together by
the next run. The same work is not asked for again within a quarter of an hour, so that
a run that fails for good does not fail all day.
"""

from collections.abc import Sequence

import dagster as dg

from ter_pipelines.sensors.accounts import look_for_accounts
from ter_pipelines.sensors.asking import Clock, utc_now
from ter_pipelines.sensors.dispatch import look_for_dispatch
from ter_pipelines.sensors.meters import look_for_meters
from ter_pipelines.sensors.months import (
    look_for_days_to_export,
    look_for_files,
    look_for_months,
)
from ter_pipelines.sensors.notices import look_for_notices
from ter_pipelines.sensors.prices import look_for_prices
from ter_pipelines.sensors.usage import look_for_usage
from ter_pipelines.vocab.programme import Programme


def build_sensors(
    programme: Programme, quiet_seconds: int, *, now: Clock = utc_now
) -> Sequence[dg.SensorDefinition]:
    """Make the programme's sensors, switched on.

    Args:
        programme: Whose prices, usage and months they look after.
        quiet_seconds: How long nothing must have arrived before a month is settled.
        now: The clock.
    """
    return [
        look_for_prices(programme, now),
        look_for_meters(now),
        look_for_usage(programme, now),
        look_for_notices(now),
        look_for_months(programme, quiet_seconds, now),
        look_for_days_to_export(programme, quiet_seconds, now),
        look_for_files(now),
        look_for_accounts(programme, now),
        look_for_dispatch(programme, now),
    ]
