"""How many may be connected to a door, in all and from one address.

Who has not yet said anything that let it in has the weakest claim to its place: when
there is no other room, it goes first, the one that came longest ago before the others.
"""

import resource
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from vtn_service.identity import is_trusted
from vtn_service.limits import Buckets, network_of
from vtn_service.tally import Tally

FILES_FOR_THE_REST = 256  # the store, the pipeline's door, the log
_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """On what terms one may be connected.

    Args:
        most: Connections in all.
        most_of_address: Of one address; a trusted proxy may have all there are.
        idle_seconds: How long a connection may be idle once a request on it was let
            in, and may leave an answer untaken.
        head_seconds: How long the head of a request may take from its first byte. So
            long, within limits of their own, may last a TLS handshake and a connection
            on which no request was let in.
        trusted_proxies: Their addresses or networks, comma-separated.
        new_per_second: Connections of one address in the long run; as many as it may
            have may come at once. A trusted proxy may bring any number.
    """

    most: int
    most_of_address: int
    idle_seconds: float
    head_seconds: float
    trusted_proxies: str = ""
    new_per_second: float = 100.0


class Place:
    """One connection's place: a stranger's until a request on it was let in.

    `end` ends the connection, to make room for another.
    """

    __slots__ = ("_leave", "_settle", "end")

    def __init__(
        self, leave: Callable[["Place"], None], settle: Callable[["Place"], None]
    ) -> None:
        """Take how the place is given back, and how it becomes a known one's."""
        self._leave = leave
        self._settle = settle
        self.end: Callable[[], None] = lambda: None

    def leave(self) -> None:
        """Give the place back."""
        self._leave(self)

    def settle(self) -> None:
        """Keep the place, whoever comes."""
        self._settle(self)


class Entrance:
    """Counts who is connected, and turns away whom there is no room for."""

    def __init__(self, terms: Terms) -> None:
        """Start with nobody."""
        self.terms = terms
        self._network_of: dict[Place, str] = {}
        self._of_network: Counter[str] = Counter()
        self._strangers: OrderedDict[Place, None] = OrderedDict()
        self._strangers_of: dict[str, OrderedDict[Place, None]] = {}
        self._new = Buckets(per_second=terms.new_per_second, size=terms.most_of_address)
        self._tally = Tally("connections_turned_away", time.monotonic)

    def enter(self, address: str) -> Place | None:
        """Give a place, if there is one or a stranger's can be had."""
        network, now = network_of(address), time.monotonic()
        if not self._has_room(address, network, now):
            self._tally.note(address=address, connections=len(self._network_of))
            return None
        self._new.take(network, now)
        place = Place(self._leave, self._settle)
        self._network_of[place] = network
        self._of_network[network] += 1
        self._strangers[place] = None
        self._strangers_of.setdefault(network, OrderedDict())[place] = None
        return place

    def _has_room(self, address: str, network: str, now: float) -> bool:
        terms = self.terms
        if not is_trusted(address, terms.trusted_proxies):
            if self._new.seconds_until_one(network, now):
                return False
            if self._of_network[network] >= terms.most_of_address:
                return self._end_oldest(self._strangers_of.get(network))
        return len(self._network_of) < terms.most or self._end_oldest(self._strangers)

    def _end_oldest(self, strangers: OrderedDict[Place, None] | None) -> bool:
        """End the connection of the oldest of some strangers, if there are any."""
        if not strangers:
            return False
        oldest = next(iter(strangers))
        oldest.leave()
        oldest.end()
        return True

    def _settle(self, place: Place) -> None:
        if place in self._strangers:
            del self._strangers[place]
            network = self._network_of[place]
            del self._strangers_of[network][place]
            if not self._strangers_of[network]:
                del self._strangers_of[network]

    def _leave(self, place: Place) -> None:
        self._settle(place)
        network = self._network_of.pop(place, None)
        if network is not None:
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]


def room_for(connections: int) -> int:
    """Let this process open enough files for so many connections, if it may.

    Returns:
        How many connections there is room for; fewer than asked for are logged.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + FILES_FOR_THE_REST
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft not in {hard, resource.RLIM_INFINITY} and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed == wanted:
        return connections
    room = max(1, allowed - FILES_FOR_THE_REST)
    _LOG.warning(
        "too_few_open_files",
        expected=wanted,
        got=allowed,
        connections=room,
        what_to_do="raise the limit of open files (ulimit -n, LimitNOFILE=)",
    )
    return room
