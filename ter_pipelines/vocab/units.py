"""Units of energy and price, exact.

Everything is Decimal. Energy is kept in kWh to `ENERGY_PLACES` (a milliwatt-hour),
price in currency per kWh to `PRICE_PLACES`. No float passes.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

ENERGY_PLACES = 6
PRICE_PLACES = 8
AMOUNT_PLACES = ENERGY_PLACES + PRICE_PLACES
MAX_ENERGY_KWH = Decimal(10**9)
MAX_PRICE_PER_KWH = Decimal(10**6)

_DIGITS = 40
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?", re.ASCII
)
_NOT_FINITE = re.compile(r"[+-]?(?:s?nan[0-9]*|inf(?:inity)?)", re.IGNORECASE)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_POWER_OF_TEN = {
    "p": -12, "n": -9, "micro": -6, "m": -3, "c": -2, "d": -1, "none": 0,
    "k": 3, "M": 6, "G": 9, "T": 12,
}  # fmt: skip
_KWH_PER_UNIT = {"Wh": Decimal("0.001"), "kWh": Decimal(1), "MWh": Decimal(1000)}
_PRICE_UNITS = {
    "/kWh": Decimal(1),
    "/MWh": Decimal("0.001"),
    "cents/kWh": Decimal("0.01"),
}


def parse_decimal(text: str) -> Decimal:
    """Read a plain finite decimal number, exactly.

    Raises:
        ValueError: If the text is not a number in plain ASCII digits, or is NaN,
            infinite or longer than 40 digits.

    >>> parse_decimal(" -0.06 ")
    Decimal('-0.06')
    """
    number = text.strip()
    if _NOT_FINITE.fullmatch(number):
        raise ValueError(f"got {text[:40]!r}, expected a finite decimal number")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"got {text[:40]!r}, expected a decimal number")
    value = Decimal(number)
    if len(value.as_tuple().digits) > _DIGITS or abs(value.adjusted()) > _DIGITS:
        raise ValueError(f"got {text[:40]!r}, expected at most {_DIGITS} digits")
    return value


def to_kwh(value: Decimal, *, unit: str, scale: str = "none") -> Decimal:
    """Turn a reported energy value into kWh, rounded once to a milliwatt-hour.

    Args:
        value: The number as reported.
        unit: `Wh`, `kWh` or `MWh`.
        scale: SI scale code of OpenADR 2.0b (`none`, `k`, `M`, ...), applied to unit.

    Raises:
        ValueError: If unit or scale is not one of these, or the value is too large.

    >>> to_kwh(Decimal("0.06"), unit="Wh", scale="k")
    Decimal('0.060000')
    >>> to_kwh(Decimal(1250), unit="Wh")
    Decimal('1.250000')
    """
    if unit not in _KWH_PER_UNIT:
        raise ValueError(f"got unit {unit!r}, expected {', '.join(_KWH_PER_UNIT)}")
    exact = apply_scale(_EXACT.multiply(value, _KWH_PER_UNIT[unit]), scale)
    if abs(exact) >= MAX_ENERGY_KWH:
        raise ValueError(f"got {value} {unit}, expected less than {MAX_ENERGY_KWH} kWh")
    return _EXACT.quantize(exact, Decimal(1).scaleb(-ENERGY_PLACES))


def apply_scale(value: Decimal, scale: str) -> Decimal:
    """Multiply by what an SI scale code of OpenADR 2.0b stands for.

    Raises:
        ValueError: If the code is not one of `none`, `k`, `M` ...

    >>> apply_scale(Decimal("812"), "d")
    Decimal('81.2')
    """
    if scale not in _POWER_OF_TEN:
        raise ValueError(f"got scale {scale!r}, expected {', '.join(_POWER_OF_TEN)}")
    return _EXACT.scaleb(value, _POWER_OF_TEN[scale])


def to_price_per_kwh(
    value: Decimal, *, unit: str, currency: str, is_rounded: bool = False
) -> Decimal:
    """Turn a stated price into currency per kWh; nothing is rounded unasked.

    Args:
        value: The number as stated.
        unit: `USD/kWh`, `USD/MWh` (with the schedule's currency) or `cents/kWh`.
        currency: ISO 4217 code.
        is_rounded: Round a price of more places than are kept, half away from zero.

    Raises:
        ValueError: If the unit is unknown, names another currency or none, or the
            price is too large or has more places than are kept.

    >>> to_price_per_kwh(Decimal("31.04"), unit="USD/MWh", currency="USD")
    Decimal('0.03104000')
    """
    factors = dict(zip(price_units(currency), _PRICE_UNITS.values(), strict=True))
    if unit not in factors:
        raise ValueError(f"got unit {unit!r}, expected {', '.join(factors)}")
    exact = _EXACT.multiply(value, factors[unit])
    if abs(exact) >= MAX_PRICE_PER_KWH:
        raise ValueError(f"got {value} {unit}, expected less than {MAX_PRICE_PER_KWH}")
    kept = _EXACT.quantize(exact, Decimal(1).scaleb(-PRICE_PLACES))
    if kept != exact and not is_rounded:
        raise ValueError(
            f"got {value} {unit}, expected at most {PRICE_PLACES} places per kWh"
        )
    return kept


def price_units(currency: str) -> list[str]:
    """Name the price units that are understood for a currency.

    >>> price_units("USD")
    ['USD/kWh', 'USD/MWh', 'cents/kWh']
    """
    return [currency + unit if unit.startswith("/") else unit for unit in _PRICE_UNITS]


def plain(value: Decimal) -> str:
    """Write a decimal in plain digits, without exponent or needless zeros.

    >>> plain(Decimal("0.03104000")), plain(Decimal("1E+2")), plain(Decimal("-0.0"))
    ('0.03104', '100', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
