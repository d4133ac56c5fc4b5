"""States of intervalization: how far an account's hours are made from its usage."""

from dataclasses import dataclass
from datetime import datetime

USAGELESS = "usageless"
AWAITING = "awaiting_intervalization"
INTERVALIZING = "intervalizing"
INTERVALIZED = "intervalized"
FAILED = "intervalization_error"
STATES = (USAGELESS, AWAITING, INTERVALIZING, INTERVALIZED, FAILED)


@dataclass(frozen=True)
class Progress:
    """What intervalization last said of an account.

    Args:
        fingerprint: What the hours were made from.
        state: One of `STATES`.
        explanation: Of an error; else empty.
        changed_at: When it was said.
    """

    fingerprint: str
    state: str
    explanation: str
    changed_at: datetime


def state_of(fingerprint: str, progress: Progress | None, *, has_usage: bool) -> str:
    """Give an account's state; another usage, profile or zone makes it wait again.

    >>> state_of("a", None, has_usage=False), state_of("a", None, has_usage=True)
    ('usageless', 'awaiting_intervalization')
    """
    if not has_usage:
        return USAGELESS
    if progress is None or progress.fingerprint != fingerprint:
        return AWAITING
    return progress.state
