"""Jobs: which assets go together in a run, and the fetching of price files."""

from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.assets.common import REMOTE_RETRIES, bad_input_is_final, utc_now
from ter_pipelines.assets.share_my_data import look_at_share_my_data
from ter_pipelines.partitions import operating_days
from ter_pipelines.price_book import PriceBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NewSubmission
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import Rate
from ter_pipelines.vocab.table import Table

WAREHOUSE = "warehouse"


def _job(name: str, description: str, *chosen: Table) -> Any:  # noqa: ANN401
    keys = [dg.AssetKey(table.asset_key) for table in chosen]
    selection = dg.AssetSelection.assets(*keys, dg.AssetKey(WAREHOUSE))
    return dg.define_asset_job(name, selection=selection, description=description)


publish_prices = _job(
    "publish_prices",
    "Price components -> price curve -> an event for every VEN.",
    tables.PRICE_COMPONENT,
    tables.PRICE_CURVE,
    tables.PRICE_EVENT,
)
look_at_vens = _job(
    "look_at_vens",
    "Price and dispatch events -> how each VEN takes part: told, answered, heard.",
    tables.VEN_PARTICIPATION,
    tables.DISPATCH_ANSWER,
)
dispatch_batteries = _job(
    "dispatch_batteries",
    "Orders for batteries -> plans -> events for their VENs.",
    tables.DISPATCH_PLAN,
    tables.DISPATCH_EVENT,
)
map_meters = _job(
    "map_meters",
    "Meter lists -> which meter a device belongs to.",
    tables.RAW_METER_MAPPING,
    tables.METER_MAPPING,
)
settle_usage = _job(
    "settle_usage",
    "What arrived of usage -> interval usage -> validated usage -> settled hours.",
    tables.VEN_REPORT,
    tables.USAGE_FILE_VALUE,
    tables.METER_READING,
    tables.INTERVAL_USAGE,
    tables.REGISTER_READING,
    tables.QUARANTINED_USAGE,
    tables.TELEMETRY_VALUE,
    tables.VALIDATED_USAGE,
    tables.USAGE_CHANGE,
    tables.SETTLED_HOUR,
)
price_accounts = _job(
    "price_accounts",
    "Accounts' usage -> hours by load profile -> shadow prices.",
    tables.INTERVALIZED_USAGE,
    tables.SHADOW_PRICE,
)
fetch_noticed_feeds = _job(
    "fetch_noticed_feeds",
    "Notifications of the data custodian -> its feeds, landed.",
    tables.SHARE_MY_DATA_NOTICE,
)
close_month = _job(
    "close_month",
    "Settled hours -> monthly settlement -> statements -> CMEP file.",
    tables.MONTHLY_SETTLEMENT,
    tables.STATEMENT,
    tables.STATEMENT_HOUR,
    tables.STATEMENT_COMPONENT,
    tables.CMEP_FILE,
)
export_days = _job(
    "export_days",
    "Settled hours -> a CMEP file a day, where the partner wants days.",
    tables.CMEP_DAY_FILE,
)
deliver_files = _job(
    "deliver_files",
    "CMEP files -> the meter-data system, each once.",
    tables.MDM_DELIVERY,
)


@dg.op(
    description="Fetch a day's price file and land it if it can be published.",
    retry_policy=REMOTE_RETRIES,
)
def land_price_file(
    context: dg.OpExecutionContext,
    price_feed: dg.ResourceParam[PriceFeed],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
    rate: dg.ResourceParam[Rate],
) -> None:
    """Land the file; the sensor takes it from there like any submission.

    Raises:
        RemoteError: If the file is not there yet, or cannot be published as it is.
    """
    day = date.fromisoformat(context.partition_key)
    book = PriceBook(programme, rate)
    with bad_input_is_final():
        format_name = book.format_on(day)
        body = price_feed.fetch_day(day)
    try:
        book.require(format_name, body, day)
    except InputError as error:
        raise RemoteError(f"Price file of {day}: {error}") from error
    submission = registry.land(
        NewSubmission(
            kind="prices",
            source="price-feed",
            format=format_name,
            submitted_by="fetch_prices",
            body=body,
            received_at=utc_now(),
            operating_day=day,
        )
    )
    context.add_output_metadata({"submission": submission.id, "bytes": len(body)})


@dg.job(
    partitions_def=operating_days,
    description="Fetch the day-ahead price file of one operating day.",
)
def fetch_prices() -> None:
    """Fetch one day's price file."""
    land_price_file()


ALL = (
    publish_prices,
    look_at_vens,
    dispatch_batteries,
    map_meters,
    settle_usage,
    fetch_noticed_feeds,
    close_month,
    export_days,
    deliver_files,
    price_accounts,
    fetch_prices,
    look_at_share_my_data,
)
