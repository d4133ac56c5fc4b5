"""What the page of bills says: which there are, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ter_pipelines.pages import wording
from ter_pipelines.pages.wording import NOTHING

Row = Mapping[str, Any]
Context = dict[str, Any]
_STATES = {"COMPLETE": "complete", "WITHIN_LIMIT": "some time is not billed"}


def told_months(months: Iterable[str], chosen: str) -> list[Context]:
    """Give the months one may choose from, the newest first."""
    return [
        {
            "month": month,
            "name": wording.month_name(month),
            "is_chosen": month == chosen,
        }
        for month in sorted(months, reverse=True)
    ]


def told_totals(rows: Sequence[Row], month: str, zone: ZoneInfo) -> Context:
    """Give what the page says of bills.

    Args:
        rows: Of `statement_totals`, a page of them.
        month: Of all of them; empty where they are of any month.
        zone: By whose clock they were issued.
    """
    if not rows:
        return {"period": _period(month), "facts": [], "bills": []}
    facts = [{"name": "Bills", "value": f"{rows[0]['statements']:,}"}]
    currencies = {row["currency"] for row in rows}
    if month and len(currencies) == 1:
        asked: Decimal = rows[0]["asked_of_all"]
        said = wording.money(asked, currencies.pop())
        facts.append({"name": "Asked for, together", "value": said})
    return {
        "period": _period(month),
        "facts": facts,
        "bills": [_told(row, zone) for row in rows],
    }


def _told(row: Row, zone: ZoneInfo) -> Context:
    missing = row["missing_seconds"]
    return {
        "meter": row["meter_id"],
        "month": wording.month_name(row["billing_month"]),
        "href": f"/pages/statements/{quote(row['meter_id'])}/{row['billing_month']}",
        "label": row["label"],
        "asked": wording.money(row["asked"], row["currency"]),
        "amount": wording.money(row["amount"], row["currency"]),
        "state": _STATES.get(row["state"], row["state"]),
        "missing": wording.length(missing) if missing else NOTHING,
        "issued": wording.moment(row["issued_at"], zone),
    }


def _period(month: str) -> str:
    return wording.month_name(month) if month else "Your bills"
