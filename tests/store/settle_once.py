"""Settle the worked day in a folder and print what came out, byte for byte.

The day after has usage and no prices, so that there is something to name too.
"""

import hashlib
import sys
from pathlib import Path

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.store.lake_at_work import (
    LONG_DAY,
    PLAIN_DAY,
    hours_of,
    put_usage,
    put_worked_day,
    settle,
    usage,
)


def main(folder: str) -> str:
    """Give the hashes of the settled day and of its file, and the unpriced hours."""
    lake = Lake(Path(folder))
    put_worked_day(lake)
    put_usage(lake, [usage(start, "1") for start in hours_of(PLAIN_DAY)[:2]])
    settle(lake, LONG_DAY)
    stored = lake.stored(tables.SETTLED_HOUR, LONG_DAY)
    file = next((lake.root / "core/settled_hour").glob("*/current.parquet"))
    content = stored.content_sha256 if stored else ""
    span = {"first_day": LONG_DAY, "last_day": PLAIN_DAY}
    unpriced = lake.run("unpriced_hour", span)["interval_start_utc"].to_list()
    named = ",".join(start.isoformat() for start in unpriced)
    return f"{content} {hashlib.sha256(file.read_bytes()).hexdigest()} {named}"


if __name__ == "__main__":
    print(main(sys.argv[1]))  # noqa: T201
