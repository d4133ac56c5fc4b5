"""Passwords: kept as Argon2 hashes, checked in equal time, not hashed twice a burst.

A partner that posts a month of schedules signs in with each. What was verified is
remembered for a minute, as a keyed digest over name, password and stored hash: a
changed password has another stored hash, and so is checked anew at once.

Few are hashed at once and not many wait for it: whoever asks for something else must
not wait for those who guess.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Protocol

from pwdlib import PasswordHash

from ter_pipelines.vocab.errors import RemoteError

SHORTEST_PASSWORD = 12
REMEMBERED_SECONDS = 60.0
REMEMBERED_SIGN_INS = 256
HASHED_AT_ONCE = 2  # each takes 64 MiB; a flood of wrong passwords must not take all
WAITING_AT_MOST = 18  # fewer than half of the API's threads, with those at work
LONGEST_WAIT_SECONDS = 5.0

_hasher = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Give the Argon2 hash of a password, with a salt of its own.

    Raises:
        RemoteError: If too many others are hashed now.
    """
    with _hashing.turn():
        return _hasher.hash(password)


def verify_password(password: str, stored_hash: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    return _hasher.verify(password, stored_hash)


class Tries(Protocol):
    """Counts wrong passwords of somebody."""

    def count(self) -> None:
        """Count a try before it is made; raises what refuses one too many."""

    def give_back(self) -> None:
        """Take it back, for the password was right."""


class _Uncounted:
    def count(self) -> None:
        """Let everybody try."""

    def give_back(self) -> None:
        """Have nothing to take back."""


UNCOUNTED: Tries = _Uncounted()


class Queue:
    """A few at work and some who wait, not for long.

    Args:
        at_once: How many work.
        waiting: How many more may wait.
        seconds: For how long.
    """

    def __init__(
        self,
        at_once: int = HASHED_AT_ONCE,
        waiting: int = WAITING_AT_MOST,
        seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        """Start with nobody in it."""
        self._places = BoundedSemaphore(at_once + waiting)
        self._turns = BoundedSemaphore(at_once)
        self._seconds = seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        Raises:
            RemoteError: If too many wait already, or the wait was too long.
        """
        if not self._places.acquire(blocking=False):
            raise RemoteError("passwords: too many are being checked; try again")
        try:
            if not self._turns.acquire(timeout=self._seconds):
                raise RemoteError("passwords: checking takes too long; try again")
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


_hashing = Queue()


class PasswordCheck:
    """Checks passwords against stored hashes.

    Args:
        verify: Compares a password with a hash, slowly.
        remembered_seconds: For how long a right password is not hashed again.
        queue: Of those who wait for their password to be compared.
    """

    def __init__(
        self,
        *,
        verify: Callable[[str, str], bool] = verify_password,
        remembered_seconds: float = REMEMBERED_SECONDS,
        queue: Queue = _hashing,
    ) -> None:
        """Start with nothing remembered and a key nobody else has."""
        self._queue = queue
        self._verify = verify
        self._remembered_seconds = remembered_seconds
        self._key = secrets.token_bytes(32)
        self._verified_at: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def is_right(
        self,
        name: str,
        password: str,
        stored_hash: str | None,
        tries: Tries = UNCOUNTED,
    ) -> bool:
        """Tell whether the password is the user's.

        Args:
            name: Who signs in.
            password: What was given.
            stored_hash: The user's hash; None where there is no such user, which
                takes as long as a wrong password.
            tries: Counts those that are compared.

        Raises:
            RemoteError: If too many others are compared now.
        """
        compared = _hash_of_nobody() if stored_hash is None else stored_hash
        digest = self._digest(name, password, compared)
        if self._is_remembered(digest):
            return True
        with self._queue.turn():
            if self._is_remembered(digest):  # while this one waited
                return True
            tries.count()
            is_right = self._verify(password, compared) and stored_hash is not None
        if is_right:
            tries.give_back()
            self._remember(digest)
        return is_right

    def _digest(self, *parts: str) -> bytes:
        message = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
        return hmac.digest(self._key, message, "sha256")

    def _is_remembered(self, digest: bytes) -> bool:
        with self._lock:
            verified_at = self._verified_at.get(digest)
            return (
                verified_at is not None
                and monotonic() - verified_at < self._remembered_seconds
            )

    def _remember(self, digest: bytes) -> None:
        with self._lock:
            self._verified_at[digest] = monotonic()
            self._verified_at.move_to_end(digest)
            while len(self._verified_at) > REMEMBERED_SIGN_INS:
                self._verified_at.popitem(last=False)


@cache
def _hash_of_nobody() -> str:
    return hash_password(secrets.token_urlsafe())
