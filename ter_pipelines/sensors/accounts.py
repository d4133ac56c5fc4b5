"""Accounts, their usage and their prices that changed."""

import json

import dagster as dg

from ter_pipelines.account_inputs import find_stale_days, read_accounts
from ter_pipelines.accounts.market import Market
from ter_pipelines.assets.jobs import price_accounts
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import ZONE_PRICES
from ter_pipelines.sensors.asking import Clock, runs_over, waits_for
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import DAY, operating_day_of
from ter_pipelines.vocab.programme import Programme

LOOK_EVERY_SECONDS = 30


def look_for_accounts(programme: Programme, now: Clock) -> dg.SensorDefinition:
    """Make the sensor of retail accounts."""

    @dg.sensor(
        job=price_accounts,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Days on which accounts have usage, tags, rates or LMPs that their "
        "hours and shadow prices are not made from yet.",
    )
    def accounts_changed(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        market: dg.ResourceParam[Market],
    ) -> dg.SensorResult | dg.SkipReason:
        if not market.is_set:
            return dg.SkipReason("No market is set (TER_MARKET).")
        if waits := waits_for(context, price_accounts.name):
            return waits
        tomorrow = operating_day_of(now(), programme.zone) + DAY
        changes = registry.accounts.newest_change()
        prices = registry.newest_submission_id(ZONE_PRICES)
        seen = json.dumps([*changes, prices, market.digest, str(tomorrow)])
        if context.cursor == seen:
            return dg.SkipReason("Nothing changed since every account was priced.")
        accounts = read_accounts(registry, market, programme.zone)
        first = programme.first_operating_day
        days = find_stale_days(lake, accounts, first, tomorrow)
        if not days:
            context.update_cursor(seen)
        return runs_over(days, (seen, days), now(), nothing="Every account is priced.")

    return accounts_changed
