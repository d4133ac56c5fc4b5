"""Usage summaries: what the utility billed, in the currency."""

from decimal import Decimal

import pytest

from ter_pipelines.formats.espi import LineItem, Measurement
from tests.formats.espi_feeds import (
    HOUSE,
    WH,
    blocks,
    element,
    entry,
    feed,
    fields,
    house,
    meter_reading,
    quarters,
    reading_type,
    told,
    usage_point,
)

PERIOD = fields(duration=2592000, start=1333252800)
AMOUNT = fields(powerOfTenMultiplier=3, timeStamp=1336017600, uom=72, value=93)
LINE = (
    f"{fields(amount=1346000, rounding=-1, dateTime=1336017600, note='Delivery')}"
    f"<measurement>{AMOUNT}</measurement>{fields(itemKind=2, unitCost=1250)}"
    f"<itemPeriod>{PERIOD}</itemPeriod>"
)
SUMMARY = (
    f"<billingPeriod>{PERIOD}</billingPeriod>"
    + fields(billLastPeriod=15303000, billToDate=-1135000)
    + fields(costAdditionalLastPeriod=1346000)
    + f"<costAdditionalDetailLastPeriod>{LINE}</costAdditionalDetailLastPeriod>"
    + "<costAdditionalDetailLastPeriod/>"
    + fields(currency=840)
    + f"<overallConsumptionLastPeriod>{AMOUNT}</overallConsumptionLastPeriod>"
    + "<peakDemand><uom>38</uom></peakDemand>"
    + fields(qualityOfReading=14, statusTimeStamp=1336017600)
    + fields(tariffProfile="E-1", readCycle="C")
)
BOTH = ["UsageSummary", "ElectricPowerUsageSummary"]


def summary(content: str = SUMMARY, name: str = "UsageSummary", up: str = "") -> str:
    """Write the entry of a summary."""
    own = f"RetailCustomer/1/{name}/1"
    return entry(element(name, content), own, up or f"{HOUSE}/{name}")


@pytest.mark.parametrize("name", BOTH)
def test_a_summary_is_read_under_both_its_names(name: str) -> None:
    body = house(quarters(1)).replace("</feed>", f"{summary(name=name)}</feed>")

    (found,) = told(body).summaries

    assert found.usage_point.name == HOUSE
    assert found.billing_period == (1333252800, 2592000)
    assert found.bill_last_period == Decimal("153.03")
    assert found.bill_to_date == Decimal("-11.35")
    assert found.cost_additional_last_period == Decimal("13.46")
    assert (found.currency, found.quality, found.stated_at) == (840, 14, 1336017600)
    assert (found.tariff_profile, found.read_cycle) == ("E-1", "C")
    assert found.measurements == {
        "overallConsumptionLastPeriod": Measurement(Decimal(93), 3, 72, 1336017600)
    }


def test_line_items_are_read_one_by_one() -> None:
    (found,) = told(feed(usage_point(), summary())).summaries

    full, empty = found.line_items
    assert full == LineItem(
        amount=Decimal("13.46"), rounding=Decimal("-0.00001"), dated=1336017600,
        note="Delivery", item_kind=2, unit_cost=Decimal("0.0125"),
        measurement=Measurement(Decimal(93), 3, 72, 1336017600),
        period=(1333252800, 2592000),
    )  # fmt: skip
    assert empty == LineItem(None, None, None, "", None, None, None, None)


def test_a_summary_may_say_next_to_nothing() -> None:
    (found,) = told(feed(usage_point(), summary(fields(statusTimeStamp=1)))).summaries

    assert (found.stated_at, found.billing_period, found.line_items) == (1, None, ())
    assert found.bill_last_period is None
    assert found.measurements == {}


@pytest.mark.parametrize("name", ["billToDate", "currency", "statusTimeStamp"])
def test_a_summary_with_a_malformed_number_is_quarantined(name: str) -> None:
    found = told(feed(usage_point(), summary(fields(**{name: "x"}))))

    assert found.summaries == []
    assert found.reasons == ["summary.malformed"]
    assert name in found.quarantined[0].message


def test_a_summary_of_nobody_is_quarantined() -> None:
    other = "RetailCustomer/2/UsagePoint/1"
    body = feed(usage_point(), usage_point(other), meter_reading(),
                meter_reading(f"{other}/MeterReading/1"), reading_type(**WH),
                blocks(quarters(1)), summary(up="Elsewhere"))  # fmt: skip

    found = told(body)

    assert found.reasons == ["link.usage_point"]
    assert len(found.rows) == 1
