"""`python -m benchmarks.delivery`: kill the sender of files, and count what was received.

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

from ter_pipelines.outbox import states_of, waiting
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.house.tree import ROOT
from tests.pipeline.files_to_send import MONTH, mdm_at, put_file, send_all
from tests.resources.mdm_stub import MdmStub, mdm_at_work

EXIT_OK, EXIT_FOUND = 0, 1
ALIVE_SECONDS = 3.0
HELD_SECONDS = 20.0
FILE_BYTES = 200_000
SEED = 11


@dataclass
class Kills:
    """When the sender was killed, by what the system had by then."""

    wanted: int
    chance: random.Random
    found: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Count the kills so far."""
        return self.found.total()


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
    """Deliver a file for each kill, killed so many times; name what is wrong."""
    kills = Kills(wanted, random.Random(SEED))  # noqa: S311 - not for secrets
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ter-delivery-") as folder:
        lake = Lake(Path(folder))
        sent = {
            put_file(lake, 1 + i, _body(i)): hashlib.sha256(_body(i)).hexdigest()
            for i in range(wanted)
        }
        with mdm_at_work() as stub:
            while kills.count < wanted and waiting(lake, MONTH):
                send_and_kill(lake, stub, kills, can_be_asked=can_be_asked)
            stub.hold = None
            send_all(lake, mdm_at(stub.url, can_be_asked=can_be_asked))
            broken = find_broken(lake, stub, sent, kills, can_be_asked=can_be_asked)
            report(lake, stub, kills, time.monotonic() - began, can_be_asked)
    return broken


def send_and_kill(
    lake: Lake, stub: MdmStub, kills: Kills, *, can_be_asked: bool
) -> None:
    """Start a sender; kill it while the answer to it is held back, or at any moment."""
    stub.hold = hold = threading.Event()
    stub.taken.clear()
    is_between = kills.chance.random() < 1 / 2
    command = [sys.executable, "-m", "tests.pipeline.files_to_send"]
    asks = ["asks"] if can_be_asked else []
    sender = subprocess.Popen([*command, lake.root, stub.url, *asks], cwd=ROOT)  # noqa: S603
    before = len(stub.calls)
    if is_between:
        stub.taken.wait(HELD_SECONDS)
        time.sleep(kills.chance.uniform(0, 0.02))
    else:
        hold.set()
        time.sleep(kills.chance.uniform(0.2, ALIVE_SECONDS))
    sender.kill()
    ended = sender.wait()
    hold.set()
    if ended >= 0:
        return
    open_ends = [s for s in states_of(lake, MONTH).values() if s["state"] == "SENDING"]
    received = len(stub.calls) > before
    if open_ends and open_ends[-1]["file_name"] in stub.files:
        kills.found["file received, receipt not noted"] += 1
    elif open_ends:
        kills.found["about to be sent, not received"] += 1
    elif received:
        kills.found["between two files"] += 1
    else:
        kills.found["before anything was sent"] += 1


def find_broken(
    lake: Lake,
    stub: MdmStub,
    sent: Mapping[str, str],
    kills: Kills,
    *,
    can_be_asked: bool,
) -> list[str]:
    """Name every file that was lost, repeated or changed, and kills that lack."""
    broken = []
    if kills.count < kills.wanted:
        broken.append(f"only {kills.count} of {kills.wanted} kills")
    for name, sha256 in sent.items():
        if stub.files.get(name) != {sha256}:
            broken.append(f"{name}: got {stub.files.get(name)}, expected {sha256}")
    if stub.files.keys() - sent.keys():
        broken.append("files were received that nobody sent")
    takes = Counter(call.query_name for call in stub.calls)
    if can_be_asked and set(takes.values()) != {1}:
        broken.append(f"taken more than once: {[n for n, c in takes.items() if c > 1]}")
    states = states_of(lake, MONTH)
    if {states[name]["state"] for name in sent} != {"DELIVERED"}:
        broken.append("the log does not say of every file that it is delivered")
    return broken


def report(
    lake: Lake, stub: MdmStub, kills: Kills, seconds: float, can_be_asked: bool
) -> None:
    """Print what happened."""
    kind = "can be asked" if can_be_asked else "cannot be asked"
    print(f"a system that {kind}: {kills.count} kills, {seconds:.0f} s")
    for moment, count in sorted(kills.found.items()):
        print(f"  killed: {moment:<36}{count:5}")
    log = lake.read(tables.MDM_DELIVERY, [MONTH])
    how = Counter(log.filter(log["state"] == "DELIVERED")["how"])
    told = ", ".join(f"{count} {name}" for name, count in sorted(how.items()))
    print(
        f"  files {len(stub.files)}, taken {len(stub.calls)} times; delivered: {told}"
    )


def _body(number: int) -> bytes:
    return f"file {number}\r\n".encode() * (FILE_BYTES // 10)


if __name__ == "__main__":
    sys.exit(main())
