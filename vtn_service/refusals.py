"""The newest refusals, of each caller only so many: none can hide those of another."""

import heapq
import itertools
from collections import OrderedDict, deque

from vtn_service.contract import Refused
from vtn_service.limits import network_of

MOST_OF_A_KIND = 500
MOST_OF_A_CALLER = 20
_Numbered = tuple[int, Refused]


class Refusals:
    """Keeps those of known VENs, of TLS handshakes and of strangers each for itself."""

    def __init__(self) -> None:
        """Start with none."""
        self._numbers = itertools.count()
        self._kinds: dict[str, OrderedDict[str, deque[_Numbered]]] = {
            kind: OrderedDict() for kind in ("vens", "handshakes", "strangers")
        }

    def keep(self, refused: Refused) -> None:
        """Keep one: by its VEN, or else by the network it came from."""
        kind = "strangers" if refused.status else "handshakes"
        callers = self._kinds["vens" if refused.ven_id else kind]
        caller = refused.ven_id or network_of(refused.address)
        kept = callers.setdefault(caller, deque(maxlen=MOST_OF_A_CALLER))
        kept.append((next(self._numbers), refused))
        callers.move_to_end(caller)
        if len(callers) > MOST_OF_A_KIND:
            callers.popitem(last=False)

    def newest(self) -> list[Refused]:
        """Give the newest of each kind, newest first."""
        found: list[_Numbered] = []
        for callers in self._kinds.values():
            of_kind = itertools.chain.from_iterable(callers.values())
            found += heapq.nlargest(MOST_OF_A_KIND, of_kind, key=_number)
        return [refused for _, refused in sorted(found, key=_number, reverse=True)]


def _number(numbered: _Numbered) -> int:
    return numbered[0]
