"""The rate of the year: hourly prices on two lines, then hours net, with losses."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ter_pipelines.vocab.rate import Fee, Loss, PriceRule, Rate, Tax
from tests.assets.year_story import ZONE
from tests.settlement.rates import terms

FOREVER = {"cut_off_days": 2, "adjustment_days": 36500}
FEE = Fee(code="programme_fee", title="Programme fee", amount=Decimal(1), per="day")
RATE = Rate(
    rate_id="ter",
    title="TER",
    zone=ZONE,
    currency="USD",
    versions=(
        terms(
            effective_from=date(2025, 10, 1),
            fees=(replace(FEE, amount=Decimal("0.10")),),
            taxes=(
                Tax(
                    code="tax",
                    title="A tax",
                    share=Decimal("0.015"),
                    on=("import_energy", "programme_fee"),
                ),
            ),
            **FOREVER,
        ),
        terms(
            effective_from=date(2026, 4, 1),
            netting="hour",
            energy_lines="net",
            import_price=PriceRule(
                adder_per_kwh=Decimal("0.02"), cap_per_kwh=Decimal("0.45")
            ),
            export_price=PriceRule(floor_per_kwh=Decimal(0)),
            loss=Loss(share=Decimal("0.2"), applies_to="quantity"),
            fees=(replace(FEE, amount=Decimal("4.99"), per="month"),),
            **FOREVER,
        ),
    ),
)
