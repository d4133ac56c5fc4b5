"""An interval that lies in two priced hours, shared between them by its seconds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.units import ENERGY_PLACES

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_ENERGY = Decimal(1).scaleb(-ENERGY_PLACES)
_HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Share:
    """What of an interval lies in one hour.

    Args:
        interval_start_utc: Start of the share.
        duration_seconds: Its length.
        energy_kwh: Its energy.
        is_prorated: It is not a whole interval as metered.
    """

    interval_start_utc: datetime
    duration_seconds: int
    energy_kwh: Decimal
    is_prorated: bool


def shares_by_hour(
    start: datetime, duration_seconds: int, energy_kwh: Decimal
) -> list[Share]:
    """Share an interval between the hours it lies in, as of uniform power.

    The shares add up exactly: the last one is what is left.

    Raises:
        InputError: If the interval is longer than an hour, so that its energy says
            nothing about any hour, or has no length.

    >>> ten_past = datetime(2025, 11, 1, 0, 10, tzinfo=UTC)
    >>> [str(s.energy_kwh) for s in shares_by_hour(ten_past, 3600, Decimal("1.2"))]
    ['1.000000', '0.200000']
    """
    if not 0 < duration_seconds <= _HOUR_SECONDS:
        raise InputError(
            f"usage of {iso_utc(start)}: got an interval of {duration_seconds} s, "
            f"expected 1 to {_HOUR_SECONDS}; longer ones need a load profile"
        )
    end = start + timedelta(seconds=duration_seconds)
    boundary = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    if end <= boundary:
        return [Share(start, duration_seconds, energy_kwh, is_prorated=False)]
    seconds = (boundary - start) // timedelta(seconds=1)
    product = _EXACT.multiply(energy_kwh, Decimal(seconds))
    first_kwh = _EXACT.quantize(
        _EXACT.divide(product, Decimal(duration_seconds)), _ENERGY
    )
    rest_kwh = _EXACT.subtract(energy_kwh, first_kwh)
    return [
        Share(start, seconds, first_kwh, is_prorated=True),
        Share(boundary, duration_seconds - seconds, rest_kwh, is_prorated=True),
    ]
