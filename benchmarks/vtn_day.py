"""The mixed load of `benchmarks.vtn`: a fleet polls, and a part of it delivers its day.

Every VEN has a keep-alive connection of its own and polls once in `PERIOD_SECONDS`, the
phases spread evenly. Each minute 1 in `DELIVERING` delivers 96 values in the same
instant, and as many others within one period; both are looked at for one period.
A VEN asks one thing at a time: a poll that is due while its delivery is not answered is
asked after, and the wait counts for the delivery alone.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, cycle

import psutil

from benchmarks.vtn_load import Connection, Tally, Target, run
from benchmarks.vtn_says import Request, Ven, poll_nothing, report_quarters

PERIOD_SECONDS = 10.0
MINUTE_SECONDS = 60.0
DELIVERING = 5
QUIET = "nobody delivers"
AT_ONCE = "1 in 5 deliver in the same instant"
WITHIN_A_PERIOD = "1 in 5 deliver within 10 s"


@dataclass
class Phase:
    """What was answered in the minutes' parts of one kind."""

    polls: Tally = field(default_factory=Tally)
    deliveries: Tally = field(default_factory=Tally)

    @property
    def together(self) -> Tally:
        """Give polls and deliveries as one."""
        both = Tally()
        both.add(self.polls)
        both.add(self.deliveries)
        return both


@dataclass
class Day:
    """What the mixed load found.

    Args:
        phases: By name.
        late: How much later than planned this process itself began each poll.
        rss_mib: Memory of the VTN: at the start, and after each minute.
    """

    phases: dict[str, Phase] = field(default_factory=lambda: defaultdict(Phase))
    late: Tally = field(default_factory=Tally)
    rss_mib: list[float] = field(default_factory=list)


def day(target: Target, vens: Sequence[Ven], minutes: int, first: int) -> Day:
    """Load a door with the fleet; `first` is the number of its first report."""
    return run(_Fleet(target, vens, first).work(minutes))


class _Line:
    """A VEN with its connection, opened with the first thing it asks."""

    def __init__(self, target: Target, ven: Ven) -> None:
        self.ven = ven
        self._target = target
        self._connection: Connection | None = None
        self._free = asyncio.Lock()

    async def ask(self, request: Request, tally: Tally) -> None:
        async with self._free:
            if self._connection is None:
                self._connection = await Connection.open(self._target)
            await self._connection.ask(request, tally)

    def close(self) -> None:
        if self._connection:
            self._connection.close()


class _Fleet:
    """The VENs and what they do."""

    def __init__(self, target: Target, vens: Sequence[Ven], first: int) -> None:
        self._target = target
        self._numbers = count(first)
        self._parts = cycle(range(DELIVERING))
        self._lines = [_Line(target, ven) for ven in vens]
        self._phase = Phase()
        self._found = Day()

    async def work(self, minutes: int) -> Day:
        gap = PERIOD_SECONDS / len(self._lines)
        async with asyncio.TaskGroup() as group:
            polling = [
                group.create_task(self._poll(line, i * gap))
                for i, line in enumerate(self._lines)
            ]
            await asyncio.sleep(PERIOD_SECONDS)
            self._found.late = Tally()
            self._note_memory()
            for _ in range(minutes):
                await self._minute()
                self._note_memory()
            for task in polling:
                task.cancel()
        for line in self._lines:
            line.close()
        self._found.phases = dict(self._found.phases)
        return self._found

    async def _minute(self) -> None:
        ends = time.perf_counter() + MINUTE_SECONDS
        await self._be_quiet(PERIOD_SECONDS)
        await self._deliver(AT_ONCE, 0.0)
        await self._be_quiet(PERIOD_SECONDS)
        await self._deliver(WITHIN_A_PERIOD, PERIOD_SECONDS)
        await self._be_quiet(ends - time.perf_counter())

    async def _be_quiet(self, seconds: float) -> None:
        self._phase = self._found.phases[QUIET]
        await asyncio.sleep(max(seconds, 0.0))

    async def _deliver(self, name: str, spread_seconds: float) -> None:
        """Have the next part of the fleet deliver; take at least one period."""
        planned = []
        for line in self._lines[next(self._parts) :: DELIVERING]:
            planned.append((line, report_quarters(line.ven, next(self._numbers))))
            await asyncio.sleep(0)
        self._phase = self._found.phases[name]
        tally, gap = self._phase.deliveries, spread_seconds / len(planned)

        async def deliver(line: _Line, request: Request, delay: float) -> None:
            await asyncio.sleep(delay)
            await line.ask(request, tally)

        await asyncio.gather(
            asyncio.sleep(PERIOD_SECONDS),
            *(deliver(line, r, i * gap) for i, (line, r) in enumerate(planned)),
        )

    async def _poll(self, line: _Line, offset: float) -> None:
        due = time.perf_counter() + offset
        request = poll_nothing(line.ven, 0)
        while True:
            await asyncio.sleep(due - time.perf_counter())
            self._found.late.seconds.append(time.perf_counter() - due)
            await line.ask(request, self._phase.polls)
            due += PERIOD_SECONDS

    def _note_memory(self) -> None:
        rss = psutil.Process(self._target.pid).memory_info().rss
        self._found.rss_mib.append(rss / 2**20)
