"""A usage summary, older `ElectricPowerUsageSummary`: what the utility billed."""

from lxml import etree

from ter_pipelines.formats.espi.elements import (
    decimal_of,
    money_of,
    period_of,
    text_of,
    whole_of,
)
from ter_pipelines.formats.espi.records import (
    LineItem,
    Measurement,
    UsagePoint,
    UsageSummary,
)
from ter_pipelines.formats.espi.stream import ESPI

LINE_ITEMS = f"{ESPI}costAdditionalDetailLastPeriod"


def read_summary(
    element: etree._Element, usage_point: UsagePoint, entry: str
) -> UsageSummary:
    """Read a summary.

    Args:
        element: The summary.
        usage_point: Whose it is.
        entry: What to call its entry.

    Raises:
        ValueError: Naming the field that is no number.
    """
    return UsageSummary(
        usage_point=usage_point,
        entry=entry,
        billing_period=period_of(element, "billingPeriod"),
        bill_last_period=money_of(element, "billLastPeriod"),
        bill_to_date=money_of(element, "billToDate"),
        cost_additional_last_period=money_of(element, "costAdditionalLastPeriod"),
        line_items=tuple(_line_item(e) for e in element.iterchildren(LINE_ITEMS)),
        currency=whole_of(element, "currency"),
        quality=whole_of(element, "qualityOfReading"),
        stated_at=whole_of(element, "statusTimeStamp"),
        tariff_profile=text_of(element, "tariffProfile"),
        read_cycle=text_of(element, "readCycle"),
        measurements=_measurements(element),
    )


def _line_item(element: etree._Element) -> LineItem:
    measurement = element.find(f"{ESPI}measurement")
    return LineItem(
        amount=money_of(element, "amount"),
        rounding=money_of(element, "rounding"),
        dated=whole_of(element, "dateTime"),
        note=text_of(element, "note"),
        item_kind=whole_of(element, "itemKind"),
        unit_cost=money_of(element, "unitCost"),
        measurement=None if measurement is None else _measurement(measurement),
        period=period_of(element, "itemPeriod"),
    )


def _measurements(summary: etree._Element) -> dict[str, Measurement]:
    """Read every quantity, whatever its element is called."""
    return {
        etree.QName(child).localname: found
        for child in summary.iterchildren(f"{ESPI}*")
        if child.find(f"{ESPI}value") is not None
        if (found := _measurement(child)) is not None
    }


def _measurement(element: etree._Element) -> Measurement | None:
    value = decimal_of(element, "value")
    if value is None:
        return None
    return Measurement(
        value,
        whole_of(element, "powerOfTenMultiplier") or 0,
        whole_of(element, "uom"),
        whole_of(element, "timeStamp"),
    )
