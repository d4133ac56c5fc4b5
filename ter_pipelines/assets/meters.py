"""Meters: the metering partner's lists -> which meter a device's usage belongs to."""

from itertools import pairwise
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import blocking, described, hashes_of, verdict
from ter_pipelines.metering.mapping import MeterMap, map_meters
from ter_pipelines.metering.meter_list import read_meter_list
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

ONE_METER_AT_A_TIME = blocking(
    "a_device_has_one_meter_at_a_time",
    tables.METER_MAPPING,
    "No device belongs to two meters at the same instant.",
)


@dg.asset(
    **described(tables.RAW_METER_MAPPING, group="meters", kinds={"python", "parquet"})
)
def raw_meter_mapping(
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    submissions = registry.submissions("meters")
    rows = [
        row
        for submission in submissions
        for row in _entry_rows(submission, registry.body(submission), programme)
    ]
    stored = lake.replace(
        tables.RAW_METER_MAPPING,
        "",
        frame_of(tables.RAW_METER_MAPPING, rows),
        {
            "submission": str(submissions[-1].id if submissions else 0),
            "withdrawn": str(sum(s.withdrawn_at is not None for s in submissions)),
        },
    )
    metadata = {"dagster/row_count": stored.rows, "lists": len(submissions)}
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    **described(
        tables.METER_MAPPING,
        group="meters",
        kinds={"python", "parquet"},
        upstream=[tables.RAW_METER_MAPPING],
    ),
    check_specs=[ONE_METER_AT_A_TIME],
)
def meter_mapping(lake: dg.ResourceParam[Lake]) -> dg.MaterializeResult:
    inputs = hashes_of(lake, "", tables.RAW_METER_MAPPING)
    entries = lake.read(tables.RAW_METER_MAPPING)
    entries = entries.filter(pl.col("withdrawn_at").is_null())
    mapped = map_meters(entries.iter_rows(named=True))
    frame = frame_of(tables.METER_MAPPING, mapped.rows())
    stored = lake.replace(tables.METER_MAPPING, "", frame, inputs)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": stored.rows,
            "devices": len(mapped.by_device),
            "meters": frame["meter_id"].n_unique(),
        },
        check_results=[verdict(ONE_METER_AT_A_TIME, _find_shared_devices(mapped))],
    )


def _entry_rows(
    submission: Submission, body: bytes, programme: Programme
) -> list[dict[str, Any]]:
    entries = read_meter_list(body, zone=programme.zone)
    listed = [vars(entry) for entry in entries] or [
        {"meter_id": "", "ven_id": "", "device_id": "", "valid_from": None}
    ]
    return [
        {
            "submission_id": submission.id,
            "source": submission.source,
            "received_at": submission.received_at,
            "position": position,
            "withdrawn_at": submission.withdrawn_at,
            **entry,
        }
        for position, entry in enumerate(listed)
    ]


def _find_shared_devices(mapped: MeterMap) -> list[Finding]:
    return [
        Finding("device.two_meters", " ".join(device), {"at": iso_utc(b.valid_from)})
        for device, assignments in mapped.by_device.items()
        for a, b in pairwise(assignments)
        if a.valid_to is None or a.valid_to > b.valid_from
    ]
