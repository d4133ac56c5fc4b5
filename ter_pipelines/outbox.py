"""The outbox: every file for the meter-data system is received once.

What is about to be done is written before it is done, and what came of it after. If
nothing was written after, the system is asked, or the same file is sent again under the
same name, which the system takes as the same file.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from ter_pipelines.resources.receipts import Receipt, RefusedFileError
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError, RemoteError

SENDING, DELIVERED, FAILED, REFUSED = "SENDING", "DELIVERED", "FAILED", "REFUSED"
FIRST, AGAIN, ASKED = "first", "again", "asked"
SETTLED = frozenset({DELIVERED, REFUSED})
Row = Mapping[str, Any]
Clock = Callable[[], datetime]


class MdmDoor(Protocol):
    """What is asked of a meter-data system."""

    def put(self, file_name: str, body: bytes) -> Receipt:
        """Send a file."""

    def has(self, file_name: str, sha256: str) -> bool | None:
        """Ask whether a file is there; None if it cannot be asked."""


@dataclass(frozen=True)
class Outbox:
    """The files of a month and of its days on their way to a meter-data system.

    Args:
        lake: Where the files and the log are.
        mdm: The system.
        month: The billing month.
        now: The clock.
    """

    lake: Lake
    mdm: MdmDoor
    month: str
    now: Clock

    def deliver(self, file: Row) -> str:
        """Bring a file to the system, whatever came of it before.

        Args:
            file: Row of `out/cmep_file` or `out/cmep_day_file`.

        Returns:
            DELIVERED or REFUSED.

        Raises:
            RemoteError: If the system does not answer; the log says so.
            InputError: If the file is not what the send log says.
            FileExistsError: If somebody else delivers this month's files just now.
        """
        name = file["file_name"]
        before = states_of(self.lake, self.month).get(name)
        if before and before["state"] in SETTLED:
            return str(before["state"])
        body = _body(self.lake, file)
        said = {"attempt": (before["attempt"] if before else 0) + 1}
        if before and self.mdm.has(name, file["sha256"]):
            said |= {"explanation": "the system says that it has it"}
            return self._note(file, DELIVERED, ASKED, said)
        how = AGAIN if before else FIRST
        self._note(file, SENDING, how, said)
        try:
            receipt = self.mdm.put(name, body)
        except RefusedFileError as error:
            said |= {"status_code": error.status_code, "explanation": str(error)}
            return self._note(file, REFUSED, how, said)
        except RemoteError as error:
            self._note(file, FAILED, how, said | {"explanation": str(error)})
            raise
        said |= {"status_code": receipt.status_code, "receipt": receipt.text}
        return self._note(file, DELIVERED, how, said)

    def _note(self, file: Row, state: str, how: str, said: Row) -> str:
        """Write an entry of the log; give its state."""
        entries = self.lake.versions(tables.MDM_DELIVERY, self.month)
        row = {
            "file_name": file["file_name"],
            "entry": entries + 1,
            "state": state,
            "how": how,
            "sha256": file["sha256"],
            "size_bytes": file["size_bytes"],
            "status_code": None,
            "receipt": "",
            "explanation": "",
            "noted_at": self.now(),
            **said,
        }
        frame = frame_of(tables.MDM_DELIVERY, [row])
        self.lake.publish(tables.MDM_DELIVERY, self.month, frame, after=entries)
        return state


def states_of(lake: Lake, month: str) -> dict[str, Row]:
    """Give the newest entry about every file of a month that was ever tried."""
    log = lake.read(tables.MDM_DELIVERY, [month]).sort("entry")
    return {row["file_name"]: row for row in log.iter_rows(named=True)}


def months_with_files(lake: Lake) -> list[str]:
    """Name the months of which there are files, be they of the month or of its days."""
    days = lake.partitions(tables.CMEP_DAY_FILE)
    return sorted({*lake.partitions(tables.CMEP_FILE), *(day[:7] for day in days)})


def files_of(lake: Lake, month: str) -> list[Row]:
    """Give the files of a month and of its days, in the order they were made."""
    days = [day for day in lake.partitions(tables.CMEP_DAY_FILE) if day[:7] == month]
    of_days = lake.read(tables.CMEP_DAY_FILE, days).drop("operating_day")
    of_month = lake.read(tables.CMEP_FILE, [month]).drop("billing_month")
    files = pl.concat([of_days, of_month])
    return list(files.sort("made_at", "file_name").iter_rows(named=True))


def waiting(lake: Lake, month: str) -> list[Row]:
    """Give the files of a month that are neither delivered nor refused, in order.

    A file that a newer one replaced before it was delivered still goes out first: the
    system keeps every version.
    """
    states = states_of(lake, month)
    return [
        file
        for file in files_of(lake, month)
        if states.get(file["file_name"], {"state": ""})["state"] not in SETTLED
    ]


def _body(lake: Lake, file: Row) -> bytes:
    path: Path = lake.root / file["path"]
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error}; expected {file['file_name']}") from error
    found = hashlib.sha256(body).hexdigest()
    if found != file["sha256"]:
        raise InputError(
            f"{path}: got SHA-256 {found}, expected {file['sha256']} by the send log; "
            "it was changed on the disk and is not sent"
        )
    return body
