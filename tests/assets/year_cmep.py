"""What a meter-data system makes of the files it got, read by a reader of its own.

A few lines that split at commas and know nothing of the pipeline's reader or writer.
Files are read in the order in which they came; the newest value of an instant holds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

HEADER = 14
Key = tuple[str, int]  # meter, end of the interval or instant of the reading


@dataclass
class MeterData:
    """Energy and dials in mWh, by units, meter and time.

    Args:
        values: None where the file says that there is none.
        flags: What stands beside each value.
        purposes: Of each file.
    """

    values: dict[str, dict[Key, int | None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    flags: dict[str, dict[Key, str]] = field(default_factory=lambda: defaultdict(dict))
    purposes: list[set[str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        """Read a file."""
        *lines, nothing = body.decode("ascii").split("\r\n")
        assert nothing == ""
        self.purposes.append({self._take_line(line.split(",")) for line in lines})

    def total(self, units: str, meter: str, hours: Iterable[int]) -> int:
        """Add up what was told of the hours that begin at these instants."""
        told = self.values[units]
        return sum(told.get((meter, hour + 3600)) or 0 for hour in hours)

    def flagged(self, units: str, flag: str) -> Counter[str]:
        """Count the values of each meter with a flag."""
        return Counter(m for (m, _), got in self.flags[units].items() if got == flag)

    def _take_line(self, fields: list[str]) -> str:
        kind, version, meter, purpose, units = (fields[i] for i in (0, 1, 7, 8, 10))
        assert (kind, version, int(fields[13])) == (
            "MEPMD01",
            "19970819",
            (len(fields) - HEADER) / 3,
        )
        assert len(set(fields[HEADER::3])) == int(fields[13]), "each time is there once"
        triples = (fields[i : i + 3] for i in range(HEADER, len(fields), 3))
        for time, flag, value in triples:
            assert (flag == "N") == (value == "")
            key = meter, _instant(time)
            self.values[units][key] = _mwh(value) if value else None
            self.flags[units][key] = flag
        return purpose


@lru_cache(None)
def _instant(text: str) -> int:
    moment = datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    return int(moment.timestamp())


def _mwh(text: str) -> int:
    """Read kWh in plain digits as mWh; more than six places are refused."""
    whole, _, places = text.partition(".")
    assert len(places) <= 6, text
    return int(whole) * 10**6 + int(places.ljust(6, "0"))
