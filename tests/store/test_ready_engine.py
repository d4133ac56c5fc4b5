"""An engine that stays ready answers as one that starts anew: nothing is left over."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ter_pipelines.store.engine import Memory
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.ready_engine import ReadyEngine
from ter_pipelines.vocab import tables
from tests.store.lake_at_work import LONG_DAY, PLAIN_DAY, hours_of, usage

USAGE = tables.VALIDATED_USAGE
BOTH_DAYS = {"first_day": LONG_DAY, "last_day": PLAIN_DAY}
AT_ONCE, QUERIES = 8, 5


def seconds_in(lake: Lake) -> int:
    """Ask how much time is known of both days."""
    return int(lake.run("usage_states", BOTH_DAYS)["seconds"].sum())


def put(lake: Lake, hours: int) -> None:
    """Put so many hours in place of what was there."""
    rows = [usage(start, "1") for start in hours_of(LONG_DAY)[:hours]]
    lake.replace(USAGE, LONG_DAY, frame_of(USAGE, rows))


def test_it_answers_as_an_engine_that_starts_anew(tmp_path: Path) -> None:
    put(Lake(tmp_path), 25)

    ready = Lake(tmp_path, stays_ready=True).run("usage_states", BOTH_DAYS)

    assert ready.equals(Lake(tmp_path).run("usage_states", BOTH_DAYS))
    assert ready["seconds"].to_list() == [25 * 3600]


def test_what_was_replaced_meanwhile_is_seen_at_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path, stays_ready=True)

    seen = []
    for hours in (1, 25, 3, 24):
        put(lake, hours)
        seen.append(seconds_in(lake) // 3600)

    assert seen == [1, 25, 3, 24]


def test_many_ask_at_once_each_their_own_lake(tmp_path: Path) -> None:
    lakes = [Lake(tmp_path / f"{n}", stays_ready=True) for n in (1, 2)]
    for hours, lake in enumerate(lakes, start=1):
        put(lake, hours)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [lakes[i % 2] for i in range(AT_ONCE * QUERIES)]
        answers = list(pool.map(seconds_in, asked))

    assert answers == [3600, 7200] * (AT_ONCE * QUERIES // 2)


def test_a_query_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = ReadyEngine(Memory(0, tmp_path))

    with pytest.raises(duckdb.ProgrammingError), engine.connect({}) as connection:
        connection.execute("SELECT * FROM nowhere.at_all")
    with engine.connect({}) as connection:
        held = pl.DataFrame(
            connection.sql("SELECT database_name FROM duckdb_databases()")
        )
        zone = connection.sql("SELECT current_setting('TimeZone')").fetchall()

    left = [name for name in held["database_name"] if name.startswith("query_")]
    assert len(left) == 1  # its own
    assert zone == [("UTC",)]
