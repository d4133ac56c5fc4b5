"""A disk that fills up while the lake is written: said clearly, and nothing is lost.

A process may not write files over a size; that fails as a full disk does.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ter_pipelines.store.durable import put_pieces
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.house.tree import ROOT

SMALL, LARGE = 100, 200_000
FIT_BYTES = 20_000
PROGRAM = """
import resource, signal, sys
from pathlib import Path
from tests.store import test_disk_full as tests
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (tests.FIT_BYTES, tests.FIT_BYTES))
getattr(tests, sys.argv[1])(Path(sys.argv[2]))
"""
DAY = "2025-11-02"


def values(count: int) -> pl.DataFrame:
    """Give that many quarantined values, whose hashes do not compress."""
    rows = [
        {
            "reason": "test",
            "explanation": hashlib.sha256(f"{count} {i}".encode()).hexdigest(),
            "source_reference": str(i),
        }
        for i in range(count)
    ]
    columns = tables.QUARANTINED_USAGE.column_names
    blank = dict.fromkeys(set(columns) - set(rows[0]), pl.lit(""))
    blank["received_at"] = pl.lit(None, pl.Datetime("us", "UTC"))
    return pl.DataFrame(rows).with_columns(**blank)


def write_partition(root: Path, count: int = 2000) -> None:
    Lake(root).replace(tables.QUARANTINED_USAGE, DAY, values(count))


def write_file(root: Path, size: int = LARGE) -> None:
    half = b"x" * (size // 2)
    Lake(root).write_file(tables.CMEP_FILE, "2025-11", "a.dat", [half, half])


def write_mark(root: Path, size: int = LARGE) -> None:
    Lake(root).mark(tables.CMEP_FILE, "2025-11", "x" * size)


def full(work: str, root: Path) -> str:
    """Do a piece of work where there is no room; give what it said."""
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", PROGRAM, work, root],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    return ended.stderr.strip().splitlines()[-1]


def files_in(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("work", ["write_partition", "write_file", "write_mark"])
def test_a_full_disk_is_said_with_the_file_and_what_to_do(
    tmp_path: Path, work: str
) -> None:
    said = full(work, tmp_path)

    assert "DiskFullError" in said
    assert str(tmp_path) in said
    assert "no room" in said
    assert "run this again" in said
    assert files_in(tmp_path) == {}


def test_what_was_there_before_stays_and_the_next_run_replaces_it(
    tmp_path: Path,
) -> None:
    write_partition(tmp_path, SMALL)
    before = files_in(tmp_path)

    full("write_partition", tmp_path)

    assert files_in(tmp_path) == before
    write_partition(tmp_path)
    stored = Lake(tmp_path).stored(tables.QUARANTINED_USAGE, DAY)
    assert stored is not None
    assert stored.rows == 2000


def test_a_partners_file_is_whole_after_room_was_made(tmp_path: Path) -> None:
    full("write_file", tmp_path)

    write_file(tmp_path)

    (body,) = files_in(tmp_path).values()
    assert body == b"x" * LARGE


def test_a_file_is_written_piece_by_piece_and_hashed(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"

    written = put_pieces(path, (bytes([number]) * 3 for number in range(5)))

    assert path.read_bytes() == b"".join(bytes([n]) * 3 for n in range(5))
    assert written.size_bytes == 15
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert put_pieces(path, [path.read_bytes()]) == written
    with pytest.raises(FileExistsError):
        put_pieces(path, [b"other"])
