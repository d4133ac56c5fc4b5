"""The rate of a programme that names none, and whether a rate fits its programme."""

from decimal import Decimal

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import PriceSource, Rate, Terms

_A_CENTURY = 36525


def plain_rate(programme: Programme) -> Rate:
    """Give the rate of a programme that names none: the hour's price and nothing else.

    Import and export have a line each. Estimated time counts as metered, and a month
    may be settled anew at any time. The files of the price feed are ISO New England's.
    """
    terms = Terms(
        effective_from=programme.first_operating_day.replace(day=1),
        price=PriceSource(
            source="iso-ne-csv",
            unit=f"{programme.currency}/MWh",
            location=programme.price_feed_location_id,
        ),
        netting="interval",
        energy_lines="split",
        rounding="half-up",
        minimum_completeness=programme.minimum_completeness,
        maximum_estimated=Decimal(1),
        cut_off_days=-_A_CENTURY,
        adjustment_days=_A_CENTURY,
    )
    return Rate(
        rate_id=programme.programme_id,
        title=programme.title,
        zone=programme.zone,
        currency=programme.currency,
        versions=(terms,),
    )


def find_misfits(rate: Rate, programme: Programme) -> fields.Errors:
    """Find what in a rate contradicts the programme that is billed by it."""
    errors: fields.Errors = {}
    if rate.zone.key != programme.zone.key:
        errors["zone"] = [f"got {rate.zone.key}, expected {programme.zone.key}"]
    if rate.currency != programme.currency:
        errors["currency"] = [f"got {rate.currency}, expected {programme.currency}"]
    latest = programme.close_month_day - 1
    for i, terms in enumerate(rate.versions):
        if terms.cut_off_days > latest:
            errors[f"version[{i}].cut_off_days"] = [
                f"got {terms.cut_off_days}, expected at most {latest}, for the "
                f"programme closes a month on day {programme.close_month_day}"
            ]
        errors |= {
            f"version[{i}].fee[{j}].tags_file": [
                "is missing, expected the file of the meters' demand tags"
            ]
            for j, fee in enumerate(terms.fees)
            if fee.per == "kw" and fee.tags is None
        }
        price = terms.price
        if price.name == "ter-json" and price.unit != programme.price_unit:
            errors[f"version[{i}].price.unit"] = [
                f"got {price.unit}, expected {programme.price_unit}, as the programme "
                "has it for schedules that state none"
            ]
    return errors
