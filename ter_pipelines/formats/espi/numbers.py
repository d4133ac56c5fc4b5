"""The texts of a feed as numbers; white space around them does not count."""

import re
from decimal import Context, Decimal
from functools import lru_cache

from ter_pipelines.vocab.units import AMOUNT_PLACES, parse_decimal

LATEST = 7_258_118_400  # 2200-01-01
LONGEST_SECONDS = 366 * 86_400

_EPOCH_DIGITS = 10
_WHOLE = re.compile("[+-]?[0-9]{1,15}", re.ASCII)
_COST_PLACES = -5
_MOST_MONEY = Decimal(10**24)
_LEAST_MONEY = Decimal(1).scaleb(-AMOUNT_PLACES)
_EXACT = Context(prec=100)
_INT48 = 1 << 47
_CACHED = 8192


class UnusableError(ValueError):
    """Something in a feed cannot be used.

    Args:
        reason: Dotted code.
        message: What was got and what was expected.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.reason = reason


def whole(text: str) -> int:
    """Read a whole number.

    Raises:
        ValueError: If it is none.
    """
    number = text.strip()
    if not _WHOLE.fullmatch(number):
        raise ValueError(f"got {text[:40]!r}, expected a whole number")
    return int(number)


def money(text: str) -> Decimal:
    """Read an amount in hundred-thousandths of the currency; give it in the currency.

    Raises:
        ValueError: If it is no number, or larger or finer than an amount is kept.

    >>> money("819")
    Decimal('0.00819')
    """
    amount = parse_decimal(text).scaleb(_COST_PLACES, _EXACT)
    if not -_MOST_MONEY < amount < _MOST_MONEY:
        raise ValueError(f"got {text[:40]!r}, expected an amount below {_MOST_MONEY:E}")
    if amount != amount.quantize(_LEAST_MONEY, context=_EXACT):
        raise ValueError(
            f"got {text[:40]!r}, expected at most {AMOUNT_PLACES + _COST_PLACES} places"
        )
    return amount


@lru_cache(_CACHED)
def value(text: str) -> Decimal:
    """Read the value of a reading; a fraction is allowed.

    Raises:
        UnusableError: If there is none, or it is no number of 48 bits.
    """
    if not text.strip():
        raise UnusableError("value.missing", "got no value, expected a number")
    try:
        number = parse_decimal(text)
    except ValueError as error:
        raise UnusableError("value.malformed", f"value: {error}") from None
    if abs(number) >= _INT48:
        raise UnusableError(
            "value.malformed", f"value: got {number}, expected at most 48 bits"
        )
    return number


@lru_cache(_CACHED)
def cost(text: str) -> Decimal | None:
    """Read the cost of a reading, in the currency; None where there is none.

    Raises:
        UnusableError: If it is no number, or none that an amount can be.
    """
    try:
        return money(text) if text.strip() else None
    except ValueError as error:
        raise UnusableError("cost.malformed", f"cost: {error}") from None


@lru_cache(_CACHED)
def duration(text: str) -> int:
    """Read the seconds an interval lasts; 0 where there are none.

    Raises:
        UnusableError: If they are no whole number up to 366 days.
    """
    try:
        seconds = whole(text) if text.strip() else 0
    except ValueError as error:
        raise UnusableError("duration.malformed", f"duration: {error}") from None
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise UnusableError(
            "duration.malformed",
            f"duration: got {seconds} s, expected at most {LONGEST_SECONDS} s",
        )
    return seconds


def code(name: str, text: str, default: int | None = None) -> int | None:
    """Read a code of a list.

    Args:
        name: Of its element.
        text: As sent.
        default: Where there is none.

    Raises:
        UnusableError: If it is no whole number.
    """
    try:
        return whole(text) if text.strip() else default
    except ValueError as error:
        raise UnusableError("code.malformed", f"{name}: {error}") from None


def instant(text: str) -> int:
    """Read epoch seconds.

    Raises:
        UnusableError: If they are no whole second of the years 1970 to 2199.
    """
    if text.isdigit() and text.isascii() and len(text) <= _EPOCH_DIGITS:
        seconds = int(text)
        if seconds < LATEST:
            return seconds
    return _odd_instant(text)


def _odd_instant(text: str) -> int:
    try:
        seconds = parse_decimal(text)
    except ValueError as error:
        raise UnusableError("time.malformed", f"start: {error}") from None
    if not 0 <= seconds < LATEST:
        raise UnusableError(
            "time.malformed",
            f"start: got {text[:40]!r}, expected epoch seconds of 1970 to 2199",
        )
    if seconds != seconds.to_integral_value():
        raise UnusableError(
            "time.fractional", f"start: got {text[:40]!r}, expected whole seconds"
        )
    return int(seconds)
