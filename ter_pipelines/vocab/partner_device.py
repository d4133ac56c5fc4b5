"""A device as a partner tells of it: whether it is on, and what its registers say."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PartnerDevice:
    """What is said of a device.

    Args:
        device_id: Resource behind the VEN.
        ven_id: OpenADR virtual end node.
        status_on: Whether it is on.
        register_consumed: What it has consumed, in the partner's unit, two places.
        register_produced: What it has produced, likewise.
    """

    device_id: str
    ven_id: str
    status_on: bool
    register_consumed: Decimal
    register_produced: Decimal
