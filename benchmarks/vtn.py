"""`python -m benchmarks.vtn`: our VTN beside a bare openleadr VTN, in one run.

Both serve the same number of VENs the same messages, by turns, each as a process on one
core; the load comes from a process on another. Ours checks every caller and has stored
a report before it answers. The bare one (`benchmarks.bare_openleadr`) holds all in
memory and checks nobody; it keeps asyncio's own loop, as the library's documents do.

A price event, 24 hours of prices, is told in the two ways that both VTNs have: once at
the first poll after it was put, which ours keeps; and at each oadrRequestEvent.
CPU seconds of the VTN's process are the stable figure, rates depend on the machine.

Exit codes: 0 fine, 1 an answer was wrong, or what was taken is not what was answered.
"""

import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, ParamSpec, TypeVar

import typer

from benchmarks import vtn_says
from benchmarks.vtn_contenders import Bare, Contender, Ours, bare_vtn, our_vtn
from benchmarks.vtn_day import Day, day
from benchmarks.vtn_load import Measured, Steady, Tally, Target, once, steady
from benchmarks.vtn_says import HOURS, QUARTERS, Recipe, Ven
from benchmarks.vtn_table import Findings, as_json, as_text

EXIT_OK, EXIT_FOUND = 0, 1
WARM_SECONDS = 0.5
NUMBERS_A_ROUND = 10_000_000
FILES_BESIDE_VENS = 500
TOLD = "price event, polled"
_REQUEST_ID = rb"reportRequestID>([^<]+)<"
P = ParamSpec("P")
T = TypeVar("T")


class WrongAnswerError(Exception):
    """A VTN answered what was not expected."""


@dataclass(frozen=True)
class Measure:
    """What is asked again and again; `values` are in each report."""

    name: str
    recipe: Recipe
    values: int = 0


MEASURES = (
    Measure("empty poll", vtn_says.poll_nothing),
    Measure("report, 24 values", vtn_says.report_hours, HOURS),
    Measure("report, 96 values", vtn_says.report_quarters, QUARTERS),
)
REQUESTED = Measure("price event, requested", vtn_says.request_event)


@dataclass(frozen=True)
class Plan:
    """How long and how wide it is measured."""

    vens: int
    rounds: int
    seconds: float
    connections: int
    minutes: int


class Bench:
    """The two VTNs, and the process that loads them."""

    def __init__(
        self, plan: Plan, pool: ProcessPoolExecutor, ours: Ours, bare: Bare
    ) -> None:
        """Start with nothing measured."""
        self._plan = plan
        self._pool = pool
        self._ours = ours
        self._bare = bare
        self._both: tuple[Contender, ...] = (ours, bare)
        self._firsts = count(NUMBERS_A_ROUND, NUMBERS_A_ROUND)
        self._answers = 0

    def run(self) -> Findings:
        """Measure everything, then compare what was taken with what was answered."""
        plan, ours = self._plan, self._ours
        enrolled = self._once(ours.control, ours.vens, vtn_says.enrol)
        for vtn in self._both:
            self._introduce(vtn)
        for measure in MEASURES:
            self._by_turns(measure)
        mixed = self._mixed() if plan.minutes else None
        stored = ours.stored_reports()
        put = self._once(ours.control, ours.vens, vtn_says.put_event)
        self._bare.tell("events")
        self._tell_events()
        self._by_turns(REQUESTED)
        return Findings(
            ours=ours,
            bare=self._bare,
            enrolled=enrolled,
            put=put,
            mixed=mixed,
            answers=self._answers,
            stored_reports=stored,
            bare_values=self._bare.tell("values"),
        )

    def _introduce(self, vtn: Contender) -> None:
        """Register the VENs and their reports; have each report and poll once."""
        for recipe in (vtn_says.query, vtn_says.register):
            self._once(vtn.devices, vtn.vens, recipe)
        offered = self._once(vtn.devices, vtn.vens, vtn_says.offer, _REQUEST_ID)
        vtn.vens = [
            replace(ven, report_request_id=found)
            for ven, found in zip(vtn.vens, offered.found, strict=True)
        ]
        self._once(vtn.devices, vtn.vens, vtn_says.report_hours)
        vtn.note_reports(len(vtn.vens), HOURS)
        self._once(vtn.devices, vtn.vens, vtn_says.poll_nothing)

    def _by_turns(self, measure: Measure) -> None:
        plan = self._plan
        for _ in range(plan.rounds):
            for vtn in self._both:
                load = Steady(
                    measure.recipe,
                    differs=bool(measure.values),
                    first=next(self._firsts),
                    connections=plan.connections,
                    warm_seconds=min(WARM_SECONDS, plan.seconds),
                    seconds=plan.seconds,
                )
                found = self._do(steady, vtn.devices, vtn.vens, load)
                self._note(found.warm, found.tally)
                if measure.values:
                    reports = len(found.warm.seconds) + len(found.tally.seconds)
                    vtn.note_reports(reports, measure.values)
                vtn.rounds.setdefault(measure.name, []).append(found)

    def _tell_events(self) -> None:
        """Have every VEN hear its event at a poll, a part of them in each round."""
        size = self._plan.vens // self._plan.rounds
        for at in range(self._plan.rounds):
            for vtn in self._both:
                part = vtn.vens[at * size : (at + 1) * size]
                found = self._once(vtn.devices, part, vtn_says.poll_event)
                vtn.rounds.setdefault(TOLD, []).append(found)

    def _mixed(self) -> Day:
        ours = self._ours
        first = next(self._firsts)
        found = self._do(day, ours.devices, ours.vens, self._plan.minutes, first)
        for phase in found.phases.values():
            self._note(phase.polls, phase.deliveries)
            ours.note_reports(len(phase.deliveries.seconds), QUARTERS)
        return found

    def _once(
        self,
        target: Target,
        vens: Sequence[Ven],
        recipe: Recipe,
        pattern: bytes = b"",
    ) -> Measured:
        connections = self._plan.connections
        found = self._do(once, target, vens, recipe, connections, pattern)
        self._note(found.tally)
        return found

    def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have the other process work."""
        return self._pool.submit(work, *args, **kwargs).result()

    def _note(self, *tallies: Tally) -> None:
        """Count answers; figures with wrong ones among them would be worth nothing."""
        for tally in tallies:
            if tally.wrong:
                raise WrongAnswerError(f"{tally.wrong}, the first: {tally.first_wrong}")
            self._answers += len(tally.seconds)


def main(
    *,
    vens: Annotated[int, typer.Option(min=100, help="How many VENs.")] = 5000,
    rounds: Annotated[int, typer.Option(min=1, max=10, help="Of each measure.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of each round.")] = 3.0,
    connections: Annotated[int, typer.Option(min=1, help="Asking at once.")] = 32,
    minutes: Annotated[int, typer.Option(min=0, help="Of the mixed load.")] = 1,
    as_json_text: Annotated[
        bool, typer.Option("--json", help="Print JSON, not a table.")
    ] = False,
) -> None:
    """Measure our VTN beside a bare openleadr VTN."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_FOUND))
    allow_connections(vens)
    cores = sorted(os.sched_getaffinity(0))
    plan = Plan(vens, rounds, seconds, connections, minutes)
    print(
        f"both VTNs on core {cores[0]}, the load on core {cores[-1]}", file=sys.stderr
    )
    with (
        tempfile.TemporaryDirectory(prefix="ter-bench-vtn-") as folder,
        our_vtn(Path(folder), vens, cores[0]) as ours,
        bare_vtn(vens, cores[0]) as bare,
        ProcessPoolExecutor(
            1,
            get_context("spawn"),
            initializer=os.sched_setaffinity,
            initargs=(0, {cores[-1]}),
        ) as pool,
    ):
        try:
            findings = Bench(plan, pool, ours, bare).run()
        except WrongAnswerError as error:
            print(f"answers that were not expected: {error}", file=sys.stderr)
            raise typer.Exit(EXIT_FOUND) from error
    print(as_json(findings) if as_json_text else as_text(findings))
    raise typer.Exit(EXIT_FOUND if findings.complaints else EXIT_OK)


def allow_connections(vens: int) -> None:
    """Let this process and those it starts have a connection for every VEN.

    Raises:
        typer.BadParameter: If the system does not allow so many.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < vens + FILES_BESIDE_VENS:
        raise typer.BadParameter(
            f"--vens: got {vens}, expected at most {most - FILES_BESIDE_VENS}, since "
            f"a process may have {most} open files (ulimit -n)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    typer.run(main)
