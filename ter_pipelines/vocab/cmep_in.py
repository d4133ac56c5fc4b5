"""How the meter-data partner writes the CMEP files it sends us."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from ter_pipelines.vocab import fields

START, END = "start", "end"
ORDER, REFUSE = "order", "refuse"


@dataclass(frozen=True, kw_only=True)
class CmepIn:
    """The table `[cmep_in]` of a programme.

    Args:
        zone: Of every time in the files; UTC unless the partner sends local time.
        stamps: Which end of its interval a triple's time is: `end` or `start`.
        repeated_hour: Local times that autumn repeats are told apart by their `order`
            in the record, or the value is refused (`refuse`).
    """

    zone: tzinfo = UTC
    stamps: str = END
    repeated_hour: str = ORDER

    @property
    def digest(self) -> str:
        """Give a short hash of it: with another one, the same file says other times."""
        said = f"{self.zone} {self.stamps} {self.repeated_hour}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def read_cmep_in(value: object) -> tuple[CmepIn, fields.Errors]:
    """Read the table; what it leaves out is as CMEP specifies."""
    if not isinstance(value, Mapping):
        return CmepIn(), {"": [f"got {value!r}, expected a table [cmep_in]"]}
    values, errors = fields.read_fields(value, _READERS, whose="[cmep_in]")
    return CmepIn(**values), errors


_READERS: Mapping[str, fields.Reader] = {
    "zone": fields.zone,
    "stamps": fields.one_of(END, START),
    "repeated_hour": fields.one_of(ORDER, REFUSE),
}
