"""How much one caller may ask of us: requests of a VEN, refused ones of an address.

A VEN that asks faster than it may is not refused but waits its turn: refused reports
are lost, for many a device never sends one again. Only who piles up more than can be
answered in `LONGEST_WAIT_SECONDS` is refused.

An address that shows many wrong identities is refused without a look at what it shows.
Behind one address there may be a thousand devices of which one is set up wrongly, so
whoever got in before still gets in, and what is refused makes room for the others to be
looked at, `refusals_per_minute` at most. What a known VEN does wrong counts for itself.

A large message counts as many requests as it has `BYTES_OF_A_REQUEST`: whoever sends
one after another is slowed by that, and never refused.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from vtn_service.guard import TOO_OFTEN, Refusal
from vtn_service.identity import Shown, is_trusted
from vtn_service.settings import Settings
from vtn_service.tally import Tally

BURST_SECONDS = 10
LONGEST_WAIT_SECONDS = 10
LONGEST_DEBT_SECONDS = 9
BYTES_OF_A_REQUEST = 64 * 1024
MOST_REMEMBERED = 20_000
_MINUTE = 60
_LONGEST_ADDRESS = 45
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Newest(OrderedDict[K, V], Generic[K, V]):
    """A dictionary that forgets what was set longest ago; its size is bounded."""

    def __setitem__(self, key: K, value: V) -> None:
        """Set a value; it is the newest now."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class Buckets:
    """Token buckets by name: full at first, filled steadily, emptied one by one."""

    def __init__(self, *, per_second: float, size: float) -> None:
        """Start with all of them full."""
        self.per_second = per_second
        self._size = size
        self._known: Newest[str, tuple[float, float]] = Newest()

    def level(self, name: str, now: float) -> float:
        """Tell how many tokens there are."""
        tokens, at = self._known.get(name, (self._size, now))
        return min(self._size, tokens + (now - at) * self.per_second)

    def take(self, name: str, now: float, count: int = 1) -> None:
        """Take tokens, be there so many or not."""
        self._known[name] = self.level(name, now) - count, now

    def seconds_until_one(self, name: str, now: float) -> float:
        """Tell how long it takes until there is a token; 0 if there is."""
        return max(0.0, (1 - self.level(name, now)) / self.per_second)


class Limits:
    """Rates of requests by VEN, and of refused ones by address."""

    def __init__(
        self, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with nothing counted; the clock gives seconds."""
        rate, refusals = settings.requests_per_second, settings.refusals_per_minute
        self._clock = clock
        self._proxies = settings.trusted_proxies
        self._requests = Buckets(per_second=rate, size=max(1.0, BURST_SECONDS * rate))
        self._refusals = Buckets(per_second=refusals / _MINUTE, size=refusals)
        self._got_in: Newest[tuple[str, str], None] = Newest()
        self._looks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tally = Tally("asked_too_often", clock)

    def is_known(self, shown: Shown) -> bool:
        """Tell whether an identity got in before, or its address is a proxy's."""
        return _identity(shown) in self._got_in or self._is_exempt(shown)

    def one_by_one(self, shown: Shown) -> asyncio.Lock:
        """Give what keeps an address to one look at a time at what it shows.

        So none is taken before it is known how the one before went, and no more wrong
        identities are looked at than there may be.
        """
        name = network_of(shown.address)
        lock = self._looks.get(name)
        if lock is None:
            lock = self._looks[name] = asyncio.Lock()
        return lock

    def require_address(self, shown: Shown) -> None:
        """Refuse an address (429) that was refused too often."""
        name, now = network_of(shown.address), self._clock()
        if wait := self._refusals.seconds_until_one(name, now):
            self._tally.note(address=shown.address)
            raise _too_often("refused requests", wait)

    def turn_of(self, ven_id: str) -> float:
        """Give how many seconds a VEN has to wait until its request is answered.

        Raises:
            Refusal: 429 if too many of its requests wait already.
        """
        now = self._clock()
        wait = self._requests.seconds_until_one(ven_id, now)
        if wait > LONGEST_WAIT_SECONDS:
            self._tally.note(ven_id=ven_id)
            raise _too_often("requests", wait - LONGEST_WAIT_SECONDS)
        self._requests.take(ven_id, now)
        return wait

    def charge(self, ven_id: str, size: int) -> None:
        """Count the bytes of a message as requests, as far as they make a whole one.

        The debt ends before the next request would be refused for it.
        """
        if size < BYTES_OF_A_REQUEST:
            return
        now, rate = self._clock(), self._requests.per_second
        left = int(self._requests.level(ven_id, now) + LONGEST_DEBT_SECONDS * rate)
        count = min(size // BYTES_OF_A_REQUEST, left)
        self._requests.take(ven_id, now, max(0, count))

    def debt_of(self, ven_id: str) -> float:
        """Give how many seconds it takes until a VEN owes nothing."""
        return self._requests.seconds_until_one(ven_id, self._clock())

    def note_let_in(self, shown: Shown) -> None:
        """Remember an identity that was good."""
        self._got_in[_identity(shown)] = None

    def note_refusal(self, shown: Shown) -> None:
        """Count a wrong identity for its address, and forget that it was good."""
        self._got_in.pop(_identity(shown), None)
        if not self._is_exempt(shown):
            self._refusals.take(network_of(shown.address), self._clock())

    def _is_exempt(self, shown: Shown) -> bool:
        return is_trusted(shown.address, self._proxies)


def network_of(address: str) -> str:
    """Give what counts as one caller: an IPv4 address, or the /64 of an IPv6 one.

    >>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7")
    ('192.0.2.7', '192.0.2.7')
    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::'
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address[:_LONGEST_ADDRESS]
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


def _identity(shown: Shown) -> tuple[str, str]:
    return shown.token_sha256, shown.certificate_sha256


def _too_often(what: str, wait: float) -> Refusal:
    seconds = max(1, math.ceil(wait))
    return Refusal(
        TOO_OFTEN,
        f"Too many {what}, expected none for {seconds} s",
        headers={"Retry-After": str(seconds)},
        ends_connection=True,
    )
