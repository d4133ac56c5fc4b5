"""When each host is polled: on its own beat, and seldom while it is silent."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ter_pipelines.resources.modbus.reading import Wanted
from ter_pipelines.vocab.modbus import ModbusHost

Place = tuple[str, int]
_MOST_DOUBLINGS = 16


@dataclass(frozen=True)
class Pace:
    """How fast the collector goes.

    Args:
        timeout_seconds: How long connecting, and each answer, may take.
        refresh_seconds: How often the hosts and maps are read again.
        longest_pause_seconds: Longest time between tries of a host that is silent.
        most_at_once: Most connections to places whose hosts answer.
        most_silent_at_once: Most connections to places with a host that was silent.
        spread_seconds: How long the first polls are spread over.
        closing_seconds: How long readings are offered to a store that does not answer
            once the collector was told to stop.
    """

    timeout_seconds: float = 3.0
    refresh_seconds: float = 60.0
    longest_pause_seconds: float = 900.0
    most_at_once: int = 400
    most_silent_at_once: int = 100
    spread_seconds: float = 10.0
    closing_seconds: float = 30.0


@dataclass
class Turn:
    """A host's place on the schedule."""

    host: ModbusHost
    wanted: Wanted
    due: float
    silences: int = 0

    def plan_next(self, now: float, pace: Pace) -> None:
        """Set when it is due again: on its own beat, later after silences."""
        every = self.host.poll_seconds
        doubled = every * 2.0 ** min(max(self.silences - 1, 0), _MOST_DOUBLINGS)
        pause = max(every, min(doubled, pace.longest_pause_seconds))
        beat = share_of(self.host.host_id) * every
        earliest = self.due + pause - every
        beats = -((beat - max(now, earliest)) // every)
        self.due = beat + beats * every


def by_place(turns: Iterable[Turn]) -> dict[Place, list[Turn]]:
    """Sort hosts by the connection they share."""
    places: dict[Place, list[Turn]] = {}
    for turn in turns:
        places.setdefault((turn.host.address, turn.host.port), []).append(turn)
    return places


def is_same(known: Sequence[Turn], wanted: Sequence[Turn]) -> bool:
    """Tell whether two lists have the same hosts with the same maps."""
    return [(t.host, t.wanted) for t in known] == [(t.host, t.wanted) for t in wanted]


def share_of(host_id: str) -> float:
    """Give a number from 0 to 1 that is a host's own, so that polls are spread."""
    digest = hashlib.sha256(host_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
