"""The pages of the running system, opened as its operator and a member would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ter_pipelines.demo.outside import Partner
from ter_pipelines.demo.proof import Proof


@dataclass(frozen=True)
class Page:
    """A page and what it must show.

    Args:
        name: What it is called.
        path: Its address on the API.
        shows: Text that must stand on it.
        viewer: Who looks.
    """

    name: str
    path: str
    shows: Sequence[str]
    viewer: Partner


def pages_of(
    operator: Partner,
    member: Partner,
    bill: Mapping[str, Any],
    month: str,
    tomorrow: date,
) -> list[Page]:
    """Name the pages to open, each with something that the story put there.

    Args:
        operator: Sees everything.
        member: Sees the bill.
        bill: The member's, as the analyst sees it.
        month: That is billed.
        tomorrow: The day whose prices were told.
    """
    meter = bill["meter_id"]
    amount = f"${abs(Decimal(bill['total'])):,.2f}"
    usage = f"/pages/usage?from={month}-01&to={month}-14"
    return [
        Page(
            "Prices", "/pages/prices", [f"{tomorrow.day}", f"{tomorrow:%B}"], operator
        ),
        Page("Devices", "/pages/participation", ["ven-01"], operator),
        Page("Usage", usage, ["ven-01"], operator),
        Page("Bills", f"/pages/statements?month={month}", [meter], operator),
        Page("A bill", f"/pages/statements/{meter}/{month}", [amount], member),
        Page("Meters", "/pages/sites", ["meters"], operator),
        Page("Changes", "/pages/changes", ["metering-partner"], operator),
        Page("API", "/pages/api", ["TER partners"], operator),
    ]


def open_pages(pages: Sequence[Page], proof: Proof) -> dict[str, str]:
    """Open every page; what does not show what it must is a difference.

    Returns:
        Addresses by name.
    """
    for page in pages:
        text = page.viewer.get(page.path)
        lacking = [words for words in page.shows if words not in text]
        proof.compare(f"page {page.name}: lacks", lacking, [])
    return {page.name: page.viewer.api + page.path for page in pages}
