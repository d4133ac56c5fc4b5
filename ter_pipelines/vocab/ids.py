"""Identifiers: the forms that are accepted, and the ones we make."""

import hashlib
import re
from datetime import date

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/\-]{0,255}")


OTHER_SOURCES = frozenset({"green-button", "cmep", "modbus"})  # stand as a VEN's id


def require_id(text: object, *, name: str) -> str:
    """Give the identifier unchanged, or say what is wrong with it.

    Identifiers stay text: `0012` is not 12.

    Raises:
        ValueError: If it is not text of 1 to 128 letters, digits, `.`, `_`, `:`, `-`
            that starts with a letter or digit.

    >>> require_id("0012", name="meter_id")
    '0012'
    """
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise ValueError(
            f"got {str(text)[:40]!r}, expected {name} as text of 1 to 128 letters, "
            "digits, '.', '_', ':' or '-', starting with a letter or digit"
        )
    return text


def require_device_id(text: object, *, name: str) -> str:
    """Give a device's identifier unchanged, or say what is wrong with it.

    A usage point of a Green Button feed is a device whose identifier is a path.

    Raises:
        ValueError: If it is not text of 1 to 256 letters, digits, `.`, `_`, `:`, `-`,
            `/` that starts with a letter or digit.

    >>> require_device_id("RetailCustomer/1/UsagePoint/01", name="device_id")
    'RetailCustomer/1/UsagePoint/01'
    """
    if not isinstance(text, str) or not _DEVICE.fullmatch(text):
        raise ValueError(
            f"got {str(text)[:40]!r}, expected {name} as text of 1 to 256 letters, "
            "digits, '.', '_', ':', '-' or '/', starting with a letter or digit"
        )
    return text


def price_event_id(*, programme_id: str, ven_id: str, operating_day: date) -> str:
    """Make the id of a VEN's price event for a day; the same every time.

    >>> price_event_id(programme_id="ter", ven_id="ven-1",
    ...                operating_day=date(2025, 11, 2))
    'ter-20251102-574d8e117c7f'
    """
    digest = hashlib.sha256(ven_id.encode()).hexdigest()[:12]
    return f"{programme_id}-{operating_day:%Y%m%d}-{digest}"
