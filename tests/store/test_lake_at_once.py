"""Many write and read at once: nobody sees half a partition, nobody overwrites."""

import multiprocessing
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.store.lake_at_work import PLAIN_DAY, hours_of, usage

USAGE = tables.VALIDATED_USAGE
HOURS = hours_of(PLAIN_DAY)
AT_ONCE = 8
REWRITES = 40


def content(version: int) -> pl.DataFrame:
    """Give version n: n + 1 rows that all say n."""
    rows = [usage(start, f"{version}") for start in HOURS[: version + 1]]
    return frame_of(USAGE, rows)


def is_whole(energies: list[object]) -> bool:
    """Tell whether these are all rows of one version, or none of any."""
    return not energies or energies == [energies[0]] * (int(str(energies[0])[0]) + 1)


def rewrite(root: Path, day: date) -> None:
    """Rewrite a partition again and again; version 0 to 9 in turn."""
    for i in range(REWRITES):
        Lake(root).replace(USAGE, day, content(i % 10), {"version": str(i)})


def publish(root: Path, who: int) -> str:
    """Publish one version; tell whether it was taken."""
    try:
        lake = Lake(root)
        after = lake.versions(USAGE, PLAIN_DAY)
        lake.publish(USAGE, PLAIN_DAY, content(who), after=after)
    except FileExistsError:
        return "taken"
    return "published"


def read_until(lake: Lake, writers: list[Future[None]]) -> int:
    """Read what is being rewritten, both ways, until it no longer is."""
    reads, is_over = 0, False
    span = {"first_day": PLAIN_DAY, "last_day": PLAIN_DAY + timedelta(days=AT_ONCE)}
    while not is_over:
        is_over = all(writer.done() for writer in writers)
        frame = lake.read(USAGE)
        for key in lake.partitions(USAGE):
            of_day = frame.filter(pl.col("operating_day") == key)
            assert is_whole([int(v) for v in of_day["energy_kwh"]])
        for stored in (lake.stored(USAGE, key) for key in lake.partitions(USAGE)):
            assert stored is not None
            assert stored.rows == int(stored.inputs["version"]) % 10 + 1
        lake.run("unpriced_hour", span)
        reads += 1
    return reads


def test_readers_see_whole_partitions_while_eight_are_rewritten(tmp_path: Path) -> None:
    days = [PLAIN_DAY + timedelta(days=i) for i in range(AT_ONCE)]

    with ThreadPoolExecutor(AT_ONCE + 2) as pool:
        writers = [pool.submit(rewrite, tmp_path, day) for day in days]
        lakes = [Lake(tmp_path, stays_ready=ready) for ready in (False, True)]
        readers = [pool.submit(read_until, lake, writers) for lake in lakes]
        for writer in writers:
            writer.result()
        reads = [reader.result() for reader in readers]

    assert min(reads) > 2
    last = (REWRITES - 1) % 10
    assert Lake(tmp_path).read(USAGE).height == AT_ONCE * (last + 1)
    assert list(tmp_path.rglob("*.partial")) == []


def test_of_processes_that_publish_at_once_none_overwrites_another(
    tmp_path: Path,
) -> None:
    spawn = multiprocessing.get_context("spawn")

    with ProcessPoolExecutor(4, mp_context=spawn) as pool:
        said = list(pool.map(publish, [tmp_path] * 16, [i % 10 for i in range(16)]))

    files = sorted(tmp_path.rglob("*.parquet"))
    assert len(files) == said.count("published") >= 1
    numbers = [int(file.stem.removeprefix("v")) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    for file in files:
        assert is_whole([int(v) for v in pl.read_parquet(file)["energy_kwh"]])
    assert list(tmp_path.rglob("*.partial")) == []


def test_a_version_taken_meanwhile_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(publish, [tmp_path] * 40, [i % 10 for i in range(40)]))

    files = list(tmp_path.rglob("*.parquet"))
    assert said.count("published") == len(files)
    assert set(said) <= {"published", "taken"}
    assert list(tmp_path.rglob("*.partial")) == []
