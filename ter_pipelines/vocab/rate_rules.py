"""What no field of a rate can know of itself: fields that contradict each other."""

from collections.abc import Mapping
from typing import Any

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.rate import ENERGY_LINES, PriceSource, Terms
from ter_pipelines.vocab.units import price_units

ADJUSTMENT, TOTAL = "adjustment", "total"
_TAKEN = {ADJUSTMENT, TOTAL}.union(*ENERGY_LINES.values())


def find_price_contradictions(price: PriceSource, currency: str) -> fields.Errors:
    """Find a unit that is none of the rate's currency."""
    known = price_units(currency)
    if not currency or price.unit in known:
        return {}
    message = f"got {price.unit!r}, expected one of {', '.join(known)}"
    return {"price.unit": [message]}


def find_rule_contradictions(values: Mapping[str, Any]) -> fields.Errors:
    """Find what a fixed price cannot have, and a cap that is below the floor."""
    if "fixed_per_kwh" in values and len(values) > 1:
        others = ", ".join(sorted(values.keys() - {"fixed_per_kwh"}))
        return {"fixed_per_kwh": [f"got a price of every hour, and {others} beside it"]}
    return fields.find_empty_bands(values, (("floor_per_kwh", "cap_per_kwh"),))


def find_contradictions(terms: Terms) -> fields.Errors:
    """Find the fields of a version that contradict each other."""
    errors: fields.Errors = {}
    if terms.netting == "month":
        for name in ("import_price", "export_price"):
            if getattr(terms, name).fixed_per_kwh is None:
                errors[name] = [
                    "got hourly prices with netting month; expected fixed_per_kwh, for "
                    "a month's net energy is of no hour"
                ]
    recipe = terms.price.recipe
    if terms.loss is not None and recipe is not None and recipe.loss_uplift:
        errors["loss"] = [
            "got a loss factor beside price.build.loss_uplift; losses would count twice"
        ]
    if terms.adjustment_days < terms.cut_off_days:
        errors["adjustment_days"] = [
            f"got {terms.adjustment_days}, expected no less than cut_off_days, "
            f"{terms.cut_off_days}"
        ]
    return errors | _wrong_codes(terms)


def _wrong_codes(terms: Terms) -> fields.Errors:
    errors: fields.Errors = {}
    seen = set(_TAKEN)
    named = [(f"fee[{i}]", fee.code) for i, fee in enumerate(terms.fees)]
    named += [(f"tax[{i}]", tax.code) for i, tax in enumerate(terms.taxes)]
    for path, code in named:
        if code in seen:
            errors[f"{path}.code"] = [f"got {code!r}, which another line is called"]
        seen.add(code)
    errors |= {
        f"fee[{i}].tags_file": [f"got demand tags for a fee by {fee.per}, expected kw"]
        for i, fee in enumerate(terms.fees)
        if fee.tags_file and fee.per != "kw"
    }
    taxable = {*ENERGY_LINES[terms.energy_lines], *(fee.code for fee in terms.fees)}
    for i, tax in enumerate(terms.taxes):
        if unknown := sorted(set(tax.on) - taxable):
            errors[f"tax[{i}].on"] = [
                f"got {', '.join(unknown)}, expected only {', '.join(sorted(taxable))}"
            ]
    return errors
