"""Prices as JSON lines, an hour each, as `ter prices read` prints them."""

from collections.abc import Mapping
from decimal import Decimal

from ter_pipelines.vocab.clock import parse_instant
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.prices import WHOLE_PRICE, PriceHour
from ter_pipelines.vocab.strict_json import parse_json, read_number, shown
from ter_pipelines.vocab.units import to_price_per_kwh

LARGEST_FILE_BYTES = 1 << 26


def read_price_lines(body: bytes, name: str) -> list[PriceHour]:
    """Read hours with their components.

    Args:
        body: JSON lines.
        name: How errors call it.

    Raises:
        FormatError: At the first line that cannot be read, with its number.
    """
    if len(body) > LARGEST_FILE_BYTES:
        raise FormatError(f"{name}: got more bytes than {LARGEST_FILE_BYTES}")
    hours: list[PriceHour] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        place = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            hours += _components(parse_json(line), place)
        except (ValueError, OverflowError, FormatError) as error:
            raise FormatError(f"{place}: {error}") from None
    return hours


def _components(line: object, place: str) -> list[PriceHour]:
    if not isinstance(line, Mapping):
        raise ValueError(f"got {shown(line)}, expected an object")  # noqa: TRY004
    start, currency = line.get("interval_start_utc"), line.get("currency")
    if not isinstance(start, str) or not isinstance(currency, str):
        raise ValueError(  # noqa: TRY004
            "expected interval_start_utc, duration_seconds, price_per_kwh and "
            "currency, as `ter prices read` prints them"
        )
    price = _price(line.get("price_per_kwh"), currency)
    parts = line.get("components") or {WHOLE_PRICE: line.get("price_per_kwh")}
    if not isinstance(parts, Mapping):
        raise ValueError(f"components: got {shown(parts)}, expected an object")  # noqa: TRY004
    found = {part: _price(value, currency) for part, value in parts.items()}
    if sum(found.values(), Decimal()) != price:
        raise ValueError(
            f"got components of {sum(found.values(), Decimal())}, expected the price, "
            f"{price}"
        )
    seconds = int(read_number(line.get("duration_seconds")))
    return [
        PriceHour(parse_instant(start), seconds, part, value, currency, place)
        for part, value in found.items()
    ]


def _price(value: object, currency: str) -> Decimal:
    return to_price_per_kwh(
        read_number(value), unit=f"{currency}/kWh", currency=currency
    )
