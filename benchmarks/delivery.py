"""`python -m benchmarks.delivery`: kill the sender of files, count what was received.

A process delivers the files of a lake to a meter-data system, as a run does, and is
killed with SIGKILL again and again: half of the times while the system holds its answer
back, so that the file is received and the receipt is not, the others at any moment. The
system counts every file it takes, by name and by bytes. It is one that can be asked for
a file, and then one that cannot and takes a name twice as the same file.

Exit codes: 0 every file was received once, 1 one was lost, repeated or changed.
"""

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ter_pipelines.outbox import states_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.house.tree import ROOT
from tests.pipeline.files_to_send import MONTH, mdm_at, put_file, send_all
from tests.resources.mdm_stub import MdmStub, mdm_at_work

EXIT_OK, EXIT_FOUND = 0, 1
HELD_SECONDS = 20.0
SETTLED_SECONDS = 0.05
BETWEEN = 0.5
MOST_FILES_A_KILL = 5
RECEIVED = "file received, receipt not noted"
FILE_BYTES = 200_000
SEED = 11


@dataclass
class Kills:
    """When the sender was killed, and how long it takes to send its first file."""

    wanted: int
    chance: random.Random
    seconds_to_take: float = 2.0
    found: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Count the kills so far."""
        return self.found.total()


@dataclass(frozen=True)
class Work:
    """The lake with the files, and the system that takes them."""

    lake: Lake
    stub: MdmStub
    asks: bool


def main() -> int:
    """Kill, deliver, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    broken = []
    for can_be_asked in (True, False):
        broken += run(given.kills, can_be_asked=can_be_asked)
    for what in broken:
        print(f"  BROKEN {what}")
    return EXIT_FOUND if broken else EXIT_OK


def run(wanted: int, *, can_be_asked: bool) -> list[str]:
    """Deliver files while being killed so many times; name what is wrong."""
    kills = Kills(wanted, random.Random(SEED))  # noqa: S311 - not for secrets
    began = time.monotonic()
    sent: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix="ter-delivery-") as folder,
        mdm_at_work() as stub,
    ):
        work = Work(Lake(Path(folder)), stub, asks=can_be_asked)
        while kills.count < wanted and len(sent) < MOST_FILES_A_KILL * wanted:
            body = f"file {len(sent)}\r\n".encode() * (FILE_BYTES // 10)
            name = put_file(work.lake, 1 + len(sent), body)
            sent[name] = hashlib.sha256(body).hexdigest()
            send_and_kill(work, kills)
        stub.hold = None
        send_all(work.lake, mdm_at(stub.url, can_be_asked=can_be_asked))
        report(work, kills, time.monotonic() - began)
        return find_broken(work, sent, kills)


def send_and_kill(work: Work, kills: Kills) -> None:
    """Start a sender; kill it while the answer to it is held back, or at any moment."""
    stub = work.stub
    hold = threading.Event()
    stub.hold, before = hold, work.lake.versions(tables.MDM_DELIVERY, MONTH)
    stub.taken.clear()
    command = [sys.executable, "-m", "tests.pipeline.files_to_send"]
    asks = ["asks"] if work.asks else []
    began = time.monotonic()
    sender = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, work.lake.root, stub.url, *asks], cwd=ROOT
    )
    if kills.chance.random() < BETWEEN:
        stub.taken.wait(HELD_SECONDS)
        kills.seconds_to_take = time.monotonic() - began
        time.sleep(kills.chance.uniform(0, 0.02))
    else:
        hold.set()
        about = kills.seconds_to_take
        time.sleep(kills.chance.uniform(about / 2, about * 1.2))
    sender.kill()
    if sender.wait() < 0:
        time.sleep(SETTLED_SECONDS)
        kills.found[_moment(work, before)] += 1
    hold.set()


def _moment(work: Work, before: int) -> str:
    """Say at which moment the sender was killed, by what it noted since."""
    log = work.lake.read(tables.MDM_DELIVERY, [MONTH]).sort("entry").slice(before)
    if log.is_empty():
        return "before it noted anything"
    name, state = log.select("file_name", "state").row(-1)
    if state != "SENDING":
        return "after it noted a receipt"
    return RECEIVED if name in work.stub.files else "about to send, file not received"


def find_broken(work: Work, sent: Mapping[str, str], kills: Kills) -> list[str]:
    """Name every file that was lost, repeated or changed, and kills that lack."""
    stub, broken = work.stub, []
    if kills.count < kills.wanted:
        broken.append(f"got {kills.count} kills, expected {kills.wanted}")
    if not kills.found[RECEIVED]:
        broken.append("got no kill between send and receipt")
    for name, sha256 in sent.items():
        if stub.files.get(name) != {sha256}:
            broken.append(f"{name}: got {stub.files.get(name)}, expected {sha256}")
    if stub.files.keys() - sent.keys():
        broken.append("files were received that nobody sent")
    takes = Counter(call.query_name for call in stub.calls)
    if work.asks and set(takes.values()) != {1}:
        broken.append(f"taken again: {[name for name, n in takes.items() if n > 1]}")
    states = states_of(work.lake, MONTH)
    if {states[name]["state"] for name in sent} != {"DELIVERED"}:
        broken.append("the log does not say of every file that it is delivered")
    return broken


def report(work: Work, kills: Kills, seconds: float) -> None:
    """Print what happened."""
    kind = "can be asked" if work.asks else "cannot be asked"
    print(f"a system that {kind}: {kills.count} kills, {seconds:.0f} s")
    for moment, count in sorted(kills.found.items()):
        print(f"  killed: {moment:<36}{count:5}")
    log = work.lake.read(tables.MDM_DELIVERY, [MONTH])
    how = Counter(log.filter(log["state"] == "DELIVERED")["how"])
    told = ", ".join(f"{count} {name}" for name, count in sorted(how.items()))
    files, calls = work.stub.files, work.stub.calls
    print(f"  {len(files)} files, taken {len(calls)} times; delivered: {told}")


if __name__ == "__main__":
    sys.exit(main())
