"""Files that are there whole or not at all: temporary name, fsync, rename."""

import errno
import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from ter_pipelines.vocab.errors import DiskFullError

_ABANDONED_SECONDS = 24 * 3600
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SAID = ("No space left on device", *(f"(os error {number})" for number in _FULL))
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Written:
    """A file that was written.

    Args:
        size_bytes: Its length.
        sha256: Its hash.
    """

    size_bytes: int
    sha256: str


@contextmanager
def partial(path: Path) -> Iterator[Path]:
    """Give a name of its own to write under; nothing stays there whatever happens.

    Raises:
        DiskFullError: If there is no room for the file; what was there before stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        name = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
        try:
            yield name
        finally:
            name.unlink(missing_ok=True)
    except (OSError, pl.exceptions.PolarsError, duckdb.Error) as error:
        if not _is_full(error):
            raise
        raise DiskFullError(
            f"{path}: there is no room to write it ({error}); nothing was changed. "
            "Make room on that disk and run this again"
        ) from error


def settle(written: Path, path: Path, *, replacing: bool) -> None:
    """Make a written file durable under its name: fsync, rename or link, fsync.

    Raises:
        FileExistsError: If the name is taken and nothing is to be replaced.
    """
    with written.open("rb") as file:
        os.fsync(file.fileno())
    _sweep(path.parent, before=written.stat().st_mtime - _ABANDONED_SECONDS)
    if replacing:
        written.replace(path)
    else:
        os.link(written, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def put(path: Path, body: bytes, *, replacing: bool) -> None:
    """Write a small file."""
    with partial(path) as name:
        name.write_bytes(body)
        settle(name, path, replacing=replacing)


def put_pieces(path: Path, pieces: Iterable[bytes]) -> Written:
    """Write a file piece by piece; the same bytes again change nothing.

    Raises:
        FileExistsError: If the name is taken by other bytes.
        DiskFullError: If there is no room for it.
    """
    digest, size = hashlib.sha256(), 0
    with partial(path) as name:
        with name.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        written = Written(size, digest.hexdigest())
        if not (path.is_file() and written_in(path) == written):
            settle(name, path, replacing=False)
    return written


def written_in(path: Path) -> Written:
    """Give length and hash of a file, read piece by piece.

    Raises:
        OSError: If it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
            size += len(piece)
    return Written(size, digest.hexdigest())


def _is_full(error: Exception) -> bool:
    """Tell a full disk from other faults; libraries say it in words only."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    said = str(error)
    return any(words in said for words in _SAID)


def _sweep(folder: Path, *, before: float) -> None:
    """Remove what writers that were killed long ago left half written."""
    for abandoned in folder.glob(".*.partial"):
        with suppress(FileNotFoundError):
            if abandoned.stat().st_mtime < before:
                abandoned.unlink()
