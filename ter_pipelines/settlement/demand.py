"""The demand that a rate's fees by kW are of, and who lacks a tag."""

from collections.abc import Iterable
from decimal import Decimal

from ter_pipelines.vocab.demand_tags import tag_of
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import Terms


def demand_by_fee(
    terms: Terms, meter_id: str, billing_month: str
) -> dict[str, Decimal]:
    """Give a meter's demand tag of a month for each fee by kW, by the fee's code."""
    found = {}
    for fee in terms.fees:
        kw = tag_of(fee.tags or {}, meter_id, billing_month)
        if fee.per == "kw" and kw is not None:
            found[fee.code] = kw
    return found


def find_untagged(
    terms: Terms, meter_ids: Iterable[str], billing_month: str
) -> dict[str, Finding]:
    """Find the meters that lack a tag for a fee by kW: they cannot be billed."""
    codes = {fee.code for fee in terms.fees if fee.per == "kw"}
    if not codes:
        return {}
    return {
        meter_id: Finding(
            "settlement.no_demand_tag",
            f"{meter_id} {billing_month}",
            {"fees": ", ".join(sorted(lacking))},
        )
        for meter_id in meter_ids
        if (lacking := codes - demand_by_fee(terms, meter_id, billing_month).keys())
    }
