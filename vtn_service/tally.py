"""A log line for what may happen too often to log each time."""

from collections.abc import Callable

import structlog

SECONDS_BETWEEN = 60.0
_LOG = structlog.get_logger()


class Tally:
    """Counts what happens, and says once a minute how often it did.

    The first time is said at once; what the last line does not say, the next one does.
    """

    def __init__(self, event: str, clock: Callable[[], float]) -> None:
        """Start with nothing counted; the clock gives seconds."""
        self._event = event
        self._clock = clock
        self._count = 0
        self._quiet_until = float("-inf")

    def note(self, **about: object) -> None:
        """Count once more; `about` is said of the newest only."""
        self._count += 1
        now = self._clock()
        if now >= self._quiet_until:
            _LOG.warning(self._event, times=self._count, **about)
            self._count = 0
            self._quiet_until = now + SECONDS_BETWEEN
