"""What the pipeline made of the year, read from the lake as whole numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from tests.assets.year_at_work import Arrivals
from tests.assets.year_by_hand import Line, Statements
from tests.assets.year_cmep import MeterData
from tests.assets.year_story import MONTHS
from tests.resources.mdm_stub import MdmStub


@dataclass
class Year:
    """The year as the pipeline lived through it, and as it was worked out by hand."""

    arrivals: Arrivals
    stub: MdmStub
    by_hand: Statements

    @property
    def lake(self) -> Lake:
        """Give the lake."""
        return self.arrivals.installation.lake

    def issued(self) -> dict[tuple[str, int], dict[str, list[Line]]]:
        """Give the lines of every version, as whole numbers."""
        found: dict[tuple[str, int], dict[str, list[Line]]] = {}
        frame = self.lake.read(tables.STATEMENT, MONTHS)
        for row in frame.sort("meter_id", "version", "line_number").rows(named=True):
            key = row["meter_id"], MONTHS.index(row["billing_month"])
            versions = found.setdefault(key, {})
            versions.setdefault(row["label"], []).append(_line(row))
        return found

    def states(self) -> dict[tuple[str, int, str], tuple[str, int]]:
        """Give state and missing seconds of every version."""
        frame = self.lake.read(tables.STATEMENT, MONTHS)
        return {
            (r["meter_id"], MONTHS.index(r["billing_month"]), r["label"]): (
                r["state"],
                r["missing_seconds"],
            )
            for r in frame.rows(named=True)
        }

    @cached_property
    def received(self) -> MeterData:
        """Read every file that the meter-data system has, in the order it got them."""
        data = MeterData()
        for call in self.stub.calls:
            data.take(call.body)
        return data


def _line(row: dict[str, Any]) -> Line:
    kwh, exact, amount = (row[n] for n in ("energy_kwh", "exact_amount", "amount"))
    whole = (kwh * 10**6, exact * 10**14, amount * 100)
    assert all(number == int(number) for number in whole)
    mwh, exact, cents = (int(number) for number in whole)
    return row["line_code"], mwh, exact, cents
