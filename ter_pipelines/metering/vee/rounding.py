"""The one rounding of an estimate, and sharing a total out so that nothing is lost.

Estimates are exact fractions until here. They keep as many decimal places as the
values they came from, at least those of a Wh and at most those that energy is kept to.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor

from ter_pipelines.vocab.units import ENERGY_PLACES, plain

WH_PLACES = 3
_EXACT = Context(prec=60)


def places_of(values: Iterable[Decimal]) -> int:
    """Give the decimal places that estimates from these values keep.

    >>> places_of([Decimal("0.3"), Decimal("0.1250")]), places_of([Decimal("0.12345")])
    (3, 5)
    """
    given = (len(plain(value).partition(".")[2]) for value in values)
    return min(max((WH_PLACES, *given)), ENERGY_PLACES)


def rounded(value: Fraction, places: int) -> Decimal:
    """Round half away from zero.

    >>> rounded(Fraction(1, 8), 2), rounded(Fraction(-1, 8), 2)
    (Decimal('0.13'), Decimal('-0.13'))
    """
    units = floor(abs(value) * 10**places + Fraction(1, 2))
    return _decimal(units if value >= 0 else -units, places)


def share_out(total: Decimal, parts: Sequence[Fraction], places: int) -> list[Decimal]:
    """Round parts of a total so that they add up to it, by largest remainder.

    Each is rounded down; the units that are then left go, one each, to the parts that
    lost most, the earlier of two that lost the same.

    Args:
        total: The exact sum of the parts.
        parts: In order of time.
        places: Decimal places to keep.

    Raises:
        ValueError: If the parts do not add up to the total, or it has more places.

    >>> [str(part) for part in share_out(Decimal(1), [Fraction(1, 3)] * 3, 3)]
    ['0.334', '0.333', '0.333']
    """
    whole = Fraction(total) * 10**places
    exact = [part * 10**places for part in parts]
    if whole.denominator != 1 or sum(exact) != whole:
        raise ValueError(
            f"got parts of {shown(sum(parts, start=Fraction(0)), places=places + 3)}, "
            f"expected them to add up to {total} with at most {places} decimal places"
        )
    units = [floor(part) for part in exact]
    left = int(whole) - sum(units)
    most_lost_first = sorted(range(len(exact)), key=lambda i: units[i] - exact[i])
    for i in most_lost_first[:left]:
        units[i] += 1
    return [_decimal(unit, places) for unit in units]


def shown(value: Decimal | Fraction, divisor: Decimal | int = 1, *, places: int) -> str:
    """Write a quotient for people, rounded.

    >>> shown(Decimal(7), Decimal("2.6"), places=4)
    '2.6923'
    """
    return plain(rounded(Fraction(value) / Fraction(divisor), places))


def _decimal(units: int, places: int) -> Decimal:
    return _EXACT.scaleb(Decimal(units), -places)
