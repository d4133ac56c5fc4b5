"""Two-part rates: a subscribed load at the tariff, the rest at the hour's price."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext

_EXACT = Context(prec=100, traps=[Inexact])


@dataclass(frozen=True)
class TwoPartHour:
    """An hour of a subscription.

    Args:
        base_kwh: Subscribed.
        actual_kwh: Used; negative for export.
        tariff_per_kwh: What subscribed energy costs.
        price_per_kwh: The hour's price.
    """

    base_kwh: Decimal
    actual_kwh: Decimal
    tariff_per_kwh: Decimal
    price_per_kwh: Decimal


@dataclass(frozen=True)
class TwoPart:
    """What a subscription comes to, exact; a cost is positive, a credit negative."""

    subscription_kwh: Decimal
    deviation_kwh: Decimal
    subscription_amount: Decimal
    deviation_amount: Decimal

    @property
    def amount(self) -> Decimal:
        """Give both parts together."""
        return self.subscription_amount + self.deviation_amount


def settle_two_part(hours: Iterable[TwoPartHour]) -> TwoPart:
    """Charge the subscribed energy at the tariff and the deviation at the hour's price.

    >>> d = Decimal
    >>> settle_two_part([TwoPartHour(d(1), d("0.2"), d("0.28"), d("0.30"))]).amount
    Decimal('0.040')
    """
    base_kwh = deviation_kwh = base_amount = deviation_amount = Decimal()
    with localcontext(_EXACT):
        for hour in hours:
            deviation = hour.actual_kwh - hour.base_kwh
            base_kwh += hour.base_kwh
            deviation_kwh += deviation
            base_amount += hour.base_kwh * hour.tariff_per_kwh
            deviation_amount += deviation * hour.price_per_kwh
    return TwoPart(base_kwh, deviation_kwh, base_amount, deviation_amount)
