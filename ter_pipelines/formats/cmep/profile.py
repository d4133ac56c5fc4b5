"""How a partner writes CMEP where practice departs from the specification."""

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True)
class CmepProfile:
    """What to know of a partner before reading its files.

    The defaults are the specification's. The flags' dialect is not here: sender and
    record version tell it.

    Args:
        zone: Of every time in the file; an IANA zone where the partner sends local
            time.
        is_start_stamped: Whether a triple's time is the start of its interval; the
            specification says the end. Register readings are instants either way.
        refuses_repeated_hour: Whether a local time that autumn repeats is refused. Else
            the order in the record decides, with a remark where it leaves a doubt.
        has_limits: Whether lines are held to 2048 characters and 48 triples, fields to
            256 characters; many senders exceed that.
    """

    zone: tzinfo = UTC
    is_start_stamped: bool = False
    refuses_repeated_hour: bool = False
    has_limits: bool = False


SPECIFICATION = CmepProfile()
