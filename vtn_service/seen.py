"""What can be seen from outside of what the VTN does."""

from collections import deque

from vtn_service.contract import Refused

MOST_REFUSALS = 500


class Seen:
    """What happened since the start: refusals, the newest of them."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.refusals: deque[Refused] = deque(maxlen=MOST_REFUSALS)
