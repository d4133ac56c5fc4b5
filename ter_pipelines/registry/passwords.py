"""Passwords: kept as Argon2 hashes, checked in equal time, not hashed twice a burst.

A partner that posts a month of schedules signs in with each. What was verified is
remembered for a minute, as a keyed digest over name, password and stored hash: a
changed password has another stored hash, and so is checked anew at once.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore, Lock
from time import monotonic

from pwdlib import PasswordHash

SHORTEST_PASSWORD = 12
REMEMBERED_SECONDS = 60.0
REMEMBERED_SIGN_INS = 256
HASHED_AT_ONCE = 2  # each takes 64 MiB; a flood of wrong passwords must not take all

_hasher = PasswordHash.recommended()
_hashing = BoundedSemaphore(HASHED_AT_ONCE)


def hash_password(password: str) -> str:
    """Give the Argon2 hash of a password, with a salt of its own."""
    with _hashing:
        return _hasher.hash(password)


def verify_password(password: str, stored_hash: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    with _hashing:
        return _hasher.verify(password, stored_hash)


class PasswordCheck:
    """Checks passwords against stored hashes.

    Args:
        verify: Compares a password with a hash, slowly.
        remembered_seconds: For how long a right password is not hashed again.
    """

    def __init__(
        self,
        *,
        verify: Callable[[str, str], bool] = verify_password,
        remembered_seconds: float = REMEMBERED_SECONDS,
    ) -> None:
        """Start with nothing remembered and a key nobody else has."""
        self._verify = verify
        self._remembered_seconds = remembered_seconds
        self._key = secrets.token_bytes(32)
        self._verified_at: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def is_right(self, name: str, password: str, stored_hash: str | None) -> bool:
        """Tell whether the password is the user's.

        Args:
            name: Who signs in.
            password: What was given.
            stored_hash: The user's hash; None where there is no such user, which
                takes as long as a wrong password.
        """
        hash_of_nobody = _hash_of_nobody()
        if stored_hash is None:
            self._verify(password, hash_of_nobody)
            return False
        digest = self._digest(name, password, stored_hash)
        if self._is_remembered(digest):
            return True
        if not self._verify(password, stored_hash):
            return False
        self._remember(digest)
        return True

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
