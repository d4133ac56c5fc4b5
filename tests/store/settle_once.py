"""Settle the worked day in a folder and print what came out, byte for byte."""

import hashlib
import sys
from pathlib import Path

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.store.lake_at_work import LONG_DAY, put_worked_day, settle


def main(folder: str) -> str:
    """Give the content hash of the settled day and the hash of its file."""
    lake = Lake(Path(folder))
    put_worked_day(lake)
    settle(lake, LONG_DAY)
    stored = lake.stored(tables.SETTLED_HOUR, LONG_DAY)
    file = next((lake.root / "core/settled_hour").glob("*/current.parquet"))
    content = stored.content_sha256 if stored else ""
    return f"{content} {hashlib.sha256(file.read_bytes()).hexdigest()}"


if __name__ == "__main__":
    print(main(sys.argv[1]))  # noqa: T201
