"""Delivery: CMEP files -> the meter-data system, each once, and what came of it."""

import dagster as dg

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    blocking,
    described,
    report_partition,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.outbox import (
    DELIVERED,
    REFUSED,
    Outbox,
    files_of,
    states_of,
    waiting,
)
from ter_pipelines.partitions import months_of
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.findings import Finding

SENT_IS_MADE = blocking(
    "what_was_sent_is_what_was_made",
    tables.MDM_DELIVERY,
    "Every delivered file has the hash under which it was made.",
)
EVERY_FILE_IS_DELIVERED = dg.AssetCheckSpec(
    "every_file_is_delivered",
    asset=tables.MDM_DELIVERY.asset_key,
    description="No file of the month was refused by the meter-data system, and none "
    "waits.",
)


@dg.asset(
    **described(
        tables.MDM_DELIVERY,
        group="exports",
        kinds={"python", "parquet"},
        upstream=[tables.CMEP_FILE, tables.CMEP_DAY_FILE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
    check_specs=[SENT_IS_MADE, EVERY_FILE_IS_DELIVERED],
)
def mdm_delivery(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    mdm: dg.ResourceParam[Mdm],
) -> dg.MaterializeResult:
    wrong: list[Finding] = []
    undelivered: list[Finding] = []
    for month in months_of(context):
        outbox = Outbox(lake, mdm, month, utc_now)
        for file in waiting(lake, month):
            state = outbox.deliver(file)
            context.log.info("%s: %s", file["file_name"], state)
        wrong += _find_other_bytes(lake, month)
        undelivered += _find_undelivered(lake, month)
        states = [row["state"] for row in states_of(lake, month).values()]
        facts = {
            "delivered": states.count(DELIVERED),
            "refused": states.count(REFUSED),
            "waiting": len(waiting(lake, month)),
        }
        report_partition(context, tables.MDM_DELIVERY, month, facts)
    return dg.MaterializeResult(
        check_results=[
            verdict(SENT_IS_MADE, wrong),
            warning(EVERY_FILE_IS_DELIVERED, undelivered),
        ]
    )


def _find_other_bytes(lake: Lake, month: str) -> list[Finding]:
    hashes = {file["file_name"]: file["sha256"] for file in files_of(lake, month)}
    return [
        Finding("delivery.other_bytes", name, {"sent": row["sha256"]})
        for name, row in states_of(lake, month).items()
        if row["sha256"] != hashes.get(name)
    ]


def _find_undelivered(lake: Lake, month: str) -> list[Finding]:
    waits = [
        Finding("delivery.waiting", file["file_name"], {"size": file["size_bytes"]})
        for file in waiting(lake, month)
    ]
    refused = [
        Finding("delivery.refused", name, {"why": row["explanation"]})
        for name, row in states_of(lake, month).items()
        if row["state"] == REFUSED
    ]
    return [*refused, *waits]
