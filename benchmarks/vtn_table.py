"""What `benchmarks.vtn` found: what is wrong in it, as a table and as JSON."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from benchmarks.vtn_contenders import LIFTED, Bare, Contender, Ours
from benchmarks.vtn_day import Day
from benchmarks.vtn_load import Measured, Tally


@dataclass(frozen=True)
class Findings:
    """All that was measured.

    Args:
        ours: Our VTN with its rounds, and
        bare: the bare one with its.
        enrolled: The enrolment of all VENs over our control door, and
        put: of an event for each.
        mixed: The mixed load, if there was one.
        answers: How many there were of both; all as expected.
        stored_reports: How many reports were in our store in the end.
        bare_values: How many values the bare one's callbacks were given.
    """

    ours: Ours
    bare: Bare
    enrolled: Measured
    put: Measured
    mixed: Day | None
    answers: int
    stored_reports: int
    bare_values: int

    @property
    def complaints(self) -> list[str]:
        """Name what makes the figures worthless; nothing, if all is well."""
        found = []
        if self.stored_reports != self.ours.reports:
            found.append(
                f"our store: got {self.stored_reports} reports, expected the "
                f"{self.ours.reports} that were acknowledged"
            )
        if self.bare_values != self.bare.values:
            found.append(
                f"bare openleadr's callbacks: got {self.bare_values} values, expected "
                f"the {self.bare.values} that were acknowledged"
            )
        return found


@dataclass(frozen=True)
class Line:
    """The rounds of one measure of one VTN in one line."""

    best_per_second: float
    median_per_second: float
    cpu_seconds_per_1000: float
    p50_ms: float
    p99_ms: float
    load_cpu_percent: float


def line_of(rounds: list[Measured]) -> Line:
    """Put rounds in one line; latencies are of all of them together."""
    every = Tally()
    for measured in rounds:
        every.add(measured.tally)
    rates = [measured.rate for measured in rounds]
    busy = [100 * m.load_cpu_seconds / m.wall_seconds for m in rounds]
    return Line(
        best_per_second=max(rates),
        median_per_second=statistics.median(rates),
        cpu_seconds_per_1000=statistics.median(m.cpu_seconds_per_1000 for m in rounds),
        p50_ms=every.milliseconds(50),
        p99_ms=every.milliseconds(99),
        load_cpu_percent=max(busy),
    )


def lines_of(vtn: Contender) -> dict[str, Line]:
    """Give a VTN's lines by the measure's name."""
    return {name: line_of(rounds) for name, rounds in vtn.rounds.items()}


def ratios(findings: Findings) -> dict[str, tuple[float, float]]:
    """Give how many times better ours is: by CPU seconds, and by best rate."""
    ours, bare = lines_of(findings.ours), lines_of(findings.bare)
    return {
        name: (
            bare[name].cpu_seconds_per_1000 / ours[name].cpu_seconds_per_1000,
            ours[name].best_per_second / bare[name].best_per_second,
        )
        for name in ours
    }


def mib_per_minute(mixed: Day) -> float:
    """Give how fast the VTN's memory grew in the second half of the minutes."""
    sizes = mixed.rss_mib[(len(mixed.rss_mib) - 1) // 2 :]
    return statistics.linear_regression(range(len(sizes)), sizes).slope


def as_text(findings: Findings) -> str:
    """Write the tables, ratios first."""
    parts = [_ratio_lines(findings), _rate_lines(findings), _count_lines(findings)]
    if findings.mixed:
        parts.insert(2, _mixed_lines(findings.mixed, len(findings.ours.vens)))
    return "\n\n".join("\n".join(part) for part in parts)


def as_json(findings: Findings) -> str:
    """Write the same as JSON."""
    mixed = findings.mixed
    told: dict[str, object] = {
        "ratios": {
            name: {"by_cpu": by_cpu, "by_rate": by_rate}
            for name, (by_cpu, by_rate) in ratios(findings).items()
        },
        "measures": {
            vtn.name: {name: asdict(line) for name, line in lines_of(vtn).items()}
            for vtn in (findings.ours, findings.bare)
        },
        "mixed": _mixed_json(mixed) if mixed else None,
        "vens": len(findings.ours.vens),
        "enrolments_per_second": findings.enrolled.rate,
        "events_put_per_second": findings.put.rate,
        "reports": {
            "acknowledged": findings.ours.reports,
            "stored": findings.stored_reports,
        },
        "complaints": findings.complaints,
    }
    return json.dumps(told, indent=2)


def _mixed_json(mixed: Day) -> dict[str, object]:
    return {
        "phases": {
            f"{name}: {what}": {
                "count": len(tally.seconds),
                "p50_ms": tally.milliseconds(50),
                "p99_ms": tally.milliseconds(99),
            }
            for name, what, tally in _mixed_tallies(mixed)
        },
        "rss_mib": mixed.rss_mib,
        "mib_per_minute": mib_per_minute(mixed),
    }


def _mixed_tallies(mixed: Day) -> Iterator[tuple[str, str, Tally]]:
    for name, phase in mixed.phases.items():
        yield name, "polls", phase.polls
        if phase.deliveries.seconds:
            yield name, "deliveries", phase.deliveries
            yield name, "together", phase.together


def _ratio_lines(findings: Findings) -> Iterator[str]:
    yield f"{'times as good as bare openleadr':<42}{'by CPU':>10}{'by rate':>10}"
    for name, (by_cpu, by_rate) in ratios(findings).items():
        yield f"  {name:<40}{by_cpu:9.2f}x{by_rate:9.2f}x"


def _rate_lines(findings: Findings) -> Iterator[str]:
    yield (
        f"{'each VTN on one core':<24}{'best/s':>9}{'median/s':>10}"
        f"{'CPU s/1000':>12}{'p50 ms':>9}{'p99 ms':>9}{'load CPU':>10}"
    )
    for vtn in (findings.ours, findings.bare):
        yield vtn.name
        for name, line in lines_of(vtn).items():
            yield (
                f"  {name:<22}{line.best_per_second:9.0f}{line.median_per_second:10.0f}"
                f"{line.cpu_seconds_per_1000:12.3f}{line.p50_ms:9.1f}{line.p99_ms:9.1f}"
                f"{line.load_cpu_percent:9.0f}%"
            )


def _mixed_lines(mixed: Day, vens: int) -> Iterator[str]:
    title = f"ours, {vens} VENs polling every 10 s"
    yield f"{title:<50}{'count':>9}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}"
    for name, what, tally in _mixed_tallies(mixed):
        shown = f"  {name}: {what}"
        yield f"{shown:<50}{_counted(tally)}"
    yield f"{'  (how late the load itself began polls)':<50}{_counted(mixed.late)}"
    sizes = " ".join(f"{size:.1f}" for size in mixed.rss_mib)
    yield f"  memory in MiB, at the start and after each minute: {sizes}"
    yield f"  in the second half {mib_per_minute(mixed):+.2f} MiB a minute"


def _counted(tally: Tally) -> str:
    return (
        f"{len(tally.seconds):9d}{tally.milliseconds(50):9.1f}"
        f"{tally.milliseconds(99):9.1f}{1000 * max(tally.seconds, default=0):9.1f}"
    )


def _count_lines(findings: Findings) -> Iterator[str]:
    ours = findings.ours
    vens = len(ours.vens)
    yield f"  enrolled {vens} VENs in {findings.enrolled.wall_seconds:.1f} s"
    yield f"  put {vens} events in {findings.put.wall_seconds:.1f} s"
    yield f"  {ours.reports} reports acknowledged, {findings.stored_reports} stored"
    yield f"  {findings.answers} answers checked, all as expected"
    lifted = " ".join(f"{name}={value}" for name, value in LIFTED.items())
    yield f"  limits lifted, since all VENs have one address: {lifted}"
    yield from (f"  WRONG {complaint}" for complaint in findings.complaints)
