"""A lake with files for the meter-data system, and a process that sends them.

`python -m tests.pipeline.files_to_send LAKE URL [asks]` sends what waits, as a run
would; with `asks` the system can be asked for a file.
"""

import hashlib
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ter_pipelines.outbox import Outbox, waiting
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.mdm import MdmPartner

MONTH = "2025-11"
MADE_AT = datetime(2025, 12, 3, 11, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def put_file(lake: Lake, version: int, body: bytes) -> str:
    """Write a CMEP file and its line in the send log, as the export does."""
    name = f"NHEC_MEPMD01V1_20251203_1100_{version:07d}.dat"
    path, _ = lake.write_file(tables.CMEP_FILE, MONTH, name, [body])
    row = {
        "file_name": name,
        "path": path,
        "purpose": "OK" if version == 1 else "RESEND",
        "version": version,
        "records": body.count(b"\n"),
        "size_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "import_kwh": Decimal(1),
        "export_kwh": Decimal(0),
        "zone": "UTC",
        "usage_sha256": "",
        "made_at": MADE_AT,
    }
    frame = frame_of(tables.CMEP_FILE, [row])
    lake.publish(tables.CMEP_FILE, MONTH, frame, after=version - 1)
    return name


def mdm_at(url: str, *, can_be_asked: bool = False) -> Mdm:
    """Give the door to a meter-data system of the tests."""
    return Mdm(
        MdmPartner(
            url=f"{url}/mdm/intervaldata",
            user="ter",
            password="not-a-secret",  # noqa: S106
            ask_url=f"{url}/files/{{file_name}}" if can_be_asked else "",
            timeout_seconds=10,
        )
    )


def send_all(lake: Lake, mdm: Mdm) -> list[str]:
    """Send what waits; give what became of each file."""
    outbox = Outbox(lake, mdm, MONTH, utc_now)
    return [outbox.deliver(file) for file in waiting(lake, MONTH)]


if __name__ == "__main__":
    root, url, *asks = sys.argv[1:]
    send_all(Lake(Path(root)), mdm_at(url, can_be_asked=bool(asks)))
