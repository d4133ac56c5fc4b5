"""How many may be connected to a door, in all and from one address."""

import resource
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass

import structlog

from vtn_service.identity import is_trusted
from vtn_service.limits import network_of
from vtn_service.tally import Tally

FILES_FOR_THE_REST = 256  # the store, the pipeline's door, the log
_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """On what terms one may be connected.

    Args:
        most: Connections in all.
        most_of_address: Of one address; a trusted proxy may have all there are.
        idle_seconds: How long a connection may be idle before its first request and
            between two, and may leave an answer untaken.
        head_seconds: How long the head of a request may take from its first byte, and
            a TLS handshake, which also has a limit of its own.
        trusted_proxies: Their addresses or networks, comma-separated.
    """

    most: int
    most_of_address: int
    idle_seconds: float
    head_seconds: float
    trusted_proxies: str = ""


class Entrance:
    """Counts who is connected, and turns away whom there is no room for."""

    def __init__(self, terms: Terms) -> None:
        """Start with nobody."""
        self.terms = terms
        self._inside = 0
        self._of_network: Counter[str] = Counter()
        self._tally = Tally("connections_turned_away", time.monotonic)

    def enter(self, address: str) -> ExitStack | None:
        """Give a place, if there is one left; closing it gives it back."""
        network = network_of(address)
        has_place = self._inside < self.terms.most and (
            self._of_network[network] < self.terms.most_of_address
            or is_trusted(address, self.terms.trusted_proxies)
        )
        if not has_place:
            self._tally.note(address=address, connections=self._inside)
            return None
        self._inside += 1
        self._of_network[network] += 1
        place = ExitStack()
        place.callback(self._leave, network)
        return place

    def _leave(self, network: str) -> None:
        self._inside -= 1
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
