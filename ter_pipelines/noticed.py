"""What the lake knows of the data custodian's notifications: what is read, what due."""

from datetime import datetime

from ter_pipelines.metering.notices import NoticedResource, due
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables


def newest_notice(lake: Lake) -> int:
    """Give the newest notification that is in the lake, 0 for none."""
    stored = lake.stored(tables.SHARE_MY_DATA_NOTICE)
    return int(stored.inputs["notice"]) if stored else 0


def noticed(lake: Lake) -> list[NoticedResource]:
    """Give every resource that was ever named, in the order in which they came."""
    rows = lake.read(tables.SHARE_MY_DATA_NOTICE).iter_rows(named=True)
    return [NoticedResource(**row) for row in rows]


def find_due(lake: Lake, now: datetime) -> list[tuple[int, int, int]]:
    """Name the resources to be fetched now: notice, place and attempts so far."""
    return [(r.notice_id, r.position, r.attempts) for r in due(noticed(lake), now)]
