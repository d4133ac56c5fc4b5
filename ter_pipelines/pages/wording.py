"""How a page writes money, energy, prices and times, so that people can read them.

What is written here is rounded for reading; what is billed is on the lines.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.units import plain

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
_COMPONENTS = {"price": "price of the hour", "rate_terms": "other terms of the rate"}
_READING = Context(prec=60, rounding=ROUND_HALF_UP)
_SYMBOLS = {"USD": "$", "CAD": "$", "AUD": "$", "EUR": "€", "GBP": "£"}
_HUNDREDTHS = {"USD": "¢", "CAD": "¢", "AUD": "¢", "EUR": "ct", "GBP": "p"}
_HOUR_SECONDS, _MINUTE_SECONDS = 3600, 60


def money(amount: Decimal, currency: str, places: int = 2) -> str:
    """Write an amount.

    >>> money(Decimal("1234.5"), "USD"), money(Decimal("3"), "CHF")
    ('$1,234.50', '3.00 CHF')
    """
    rounded = _rounded(amount, places)
    sign, digits = _sign(rounded), f"{abs(rounded):,.{places}f}"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits} {currency}"


def change(amount: Decimal, currency: str, places: int = 2) -> str:
    """Write an amount with its sign, also where it is positive."""
    plus = "+" if _rounded(amount, places) > 0 else ""
    return plus + money(amount, currency, places)


def energy(kwh: Decimal, places: int = 3) -> str:
    """Write energy, without its unit.

    >>> energy(Decimal("1234.5678"))
    '1,234.568'
    """
    rounded = _rounded(kwh, places)
    return f"{_sign(rounded)}{abs(rounded):,.{places}f}"


def short(value: Decimal) -> str:
    """Write a number of a scale, with no more places than it has.

    >>> short(Decimal("0.50")), short(Decimal("2.0"))
    ('0.5', '2')
    """
    return f"{_sign(value)}{plain(abs(value))}"


def price(per_kwh: Decimal, currency: str, places: int = 2) -> str:
    """Write a price per kWh, in hundredths of the currency where these have a name.

    >>> price(Decimal("0.48650"), "USD")
    '48.65 ¢'
    """
    unit = _HUNDREDTHS.get(currency)
    if unit is None:
        return money(per_kwh, currency, places + 2)
    rounded = _rounded(per_kwh * 100, places)
    return f"{_sign(rounded)}{abs(rounded):,.{places}f} {unit}"


def month_name(billing_month: str) -> str:
    """Write a month.

    >>> month_name("2025-11")
    'November 2025'
    """
    return f"{date.fromisoformat(f'{billing_month}-01'):%B %Y}"


def day_name(day: date) -> str:
    """Write a day of the month.

    >>> day_name(date(2025, 11, 2))
    'Sunday, November 2'
    """
    return f"{day:%A, %B} {day.day}"


def period(first: date, last: date) -> str:
    """Write days from first to last, the first one as short as it can be said.

    >>> period(date(2025, 11, 1), date(2025, 11, 14))
    'November 1 to 14, 2025'
    >>> period(date(2025, 12, 28), date(2026, 1, 3))
    'December 28, 2025 to January 3, 2026'
    """
    end = f"{last:%B} {last.day}, {last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first:%B} {first.day}, {first.year} to {end}"
    if first.month != last.month:
        return f"{first:%B} {first.day} to {end}"
    return f"{first:%B} {first.day} to {last.day}, {last.year}"


def component(name: str) -> str:
    """Name a component of the price as a reader would.

    >>> component("loss_uplift"), component("rate_terms")
    ('loss uplift', 'other terms of the rate')
    """
    return _COMPONENTS.get(name, name.replace("_", " "))


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """Write a day and time by the clock of a zone."""
    local = instant.astimezone(zone)
    return f"{local:%B} {local.day}, {local:%Y, %H:%M %Z}"


def short_moment(instant: datetime, zone: ZoneInfo) -> str:
    """Write a day and time where many stand below each other.

    >>> from datetime import UTC
    >>> short_moment(datetime(2025, 11, 2, 6, 5, tzinfo=UTC), ZoneInfo("Europe/Paris"))
    'Nov 2, 07:05'
    """
    local = instant.astimezone(zone)
    return f"{local:%b} {local.day}, {local:%H:%M}"


def length(seconds: int) -> str:
    """Write a length of time.

    >>> length(7200), length(5400), length(3600)
    ('2 hours', '1 hour 30 minutes', '1 hour')
    """
    hours, rest = divmod(seconds, _HOUR_SECONDS)
    minutes = rest // _MINUTE_SECONDS
    said = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((hours, "hour"), (minutes, "minute"))
        if count
    ]
    return " ".join(said) or f"{seconds} second{'' if seconds == 1 else 's'}"


def _rounded(value: Decimal, places: int) -> Decimal:
    rounded = _READING.quantize(value, Decimal(1).scaleb(-places))
    return abs(rounded) if rounded == 0 else rounded


def _sign(value: Decimal) -> str:
    return MINUS if value < 0 else ""
