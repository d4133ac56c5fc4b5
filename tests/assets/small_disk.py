"""A disk that can be filled: a file system of its own in memory, where root may mount.

Elsewhere no file may grow, which the pipeline takes for the same.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEBIBYTES = 8
BLOCK = 4096


@dataclass(frozen=True)
class SmallDisk:
    """A disk.

    Args:
        folder: Where it is.
        is_mounted: It is one of its own; else writing is what is limited.
    """

    folder: Path
    is_mounted: bool

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room on it while the context lasts."""
        if not self.is_mounted:
            yield from _no_file_grows()
            return
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb") as file:
                free = os.statvfs(self.folder).f_bavail * BLOCK
                os.posix_fallocate(file.fileno(), 0, free)
            yield
        finally:
            ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Give a disk in a folder that is made."""
    folder.mkdir()
    is_mounted = _ran("mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "ter", folder)
    try:
        yield SmallDisk(folder, is_mounted)
    finally:
        if is_mounted:
            assert _ran("umount", folder)


def _no_file_grows() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _ran(*words: str | Path) -> bool:
    try:
        done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return False
    return done.returncode == 0
