"""A statement from files: the worked day to the digit, and what changes no byte."""

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ter_pipelines.settlement.document import told
from ter_pipelines.settlement.from_files import Settled, period_of
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.errors import GapError, InputError
from ter_pipelines.vocab.metered import ADJUSTED, ESTIMATED, UNUSABLE
from ter_pipelines.vocab.rate import Fee, Loss, PriceRule
from tests.settlement.files_at_hand import (
    MONTH,
    PRICES,
    metered,
    rate,
    settled,
    worked_usage,
)
from tests.settlement.rates import MIDNIGHT

FEE = Fee(code="fee", title="Programme fee", amount=Decimal("0.10"), per="day")


def amounts(found: Settled) -> dict[str, str]:
    assert found.statement
    return {line.line_code: str(line.amount) for line in found.statement.lines}


def text_of(found: Settled) -> str:
    assert found.statement
    return json.dumps(told(found.statement, has_hours=True))


def test_the_worked_day_comes_out_to_the_digit() -> None:
    found = settled(worked_usage())

    assert found.statement
    said = told(found.statement, has_hours=True)
    assert [
        (line["line_code"], line["energy_kwh"], line["exact_amount"], line["amount"])
        for line in said["lines"]
    ] == [
        ("import_energy", "25.125", "3.6344135", "3.63"),
        ("export_credit", "8.35", "-0.0271175", "-0.03"),
        ("total", "16.775", "3.607296", "3.60"),
    ]
    assert (said["label"], said["state"], said["missing_seconds"]) == (
        "INITIAL",
        "COMPLETE",
        0,
    )
    assert len(said["hours"]) == 25
    assert said["hours"][18] == {
        "interval_start_utc": "2024-11-03T22:00:00Z",
        "duration_seconds": 3600,
        "import_kwh": "2.1",
        "export_kwh": "0",
        "price_per_kwh": "0.4865",
        "import_amount": "1.02165",
        "export_amount": "0",
        "price_submission_id": None,
        "usage_version": 1,
        "quality": "",
        "heard_seconds": 3600,
        "missing_seconds": 0,
    }


def test_the_worked_day_is_a_cent_dearer_on_one_net_line() -> None:
    assert amounts(settled(worked_usage(), rate(energy_lines="net"))) == {
        "net_energy": "3.61",
        "total": "3.61",
    }


def test_an_interval_across_the_hour_is_shared_by_its_seconds() -> None:
    found = settled(
        [metered(0, "1.2", minute=10)], rate(minimum_completeness=Decimal(0))
    )

    assert found.statement
    used = [(hour.import_kwh, hour.heard_seconds) for hour in found.statement.hours[:3]]
    assert used == [(Decimal("1.0"), 3000), (Decimal("0.2"), 600), (Decimal(0), 0)]
    # 1.0 at 0.03512 and 0.2 at 0.03277
    assert found.statement.total.exact_amount == Decimal("0.041674")


def test_usage_without_a_price_is_refused_with_the_hour() -> None:
    prices = dict(PRICES)
    del prices[MIDNIGHT + 18 * HOUR]

    with pytest.raises(GapError, match="2024-11-03T22:00:00Z: got no price"):
        settled(worked_usage(), prices=prices)


def test_a_missing_price_where_nothing_was_used_blocks_nothing() -> None:
    prices = dict(PRICES)
    del prices[MIDNIGHT + 18 * HOUR]

    found = settled(worked_usage(h18="0"), prices=prices)

    assert found.statement
    assert found.statement.hours[18].price_per_kwh is None


@pytest.mark.parametrize(
    ("missing", "state"), [(0, "COMPLETE"), (1, "WITHIN_LIMIT"), (2, "INCOMPLETE")]
)
def test_the_gate_is_over_the_days_that_the_usage_touches(
    missing: int, state: str
) -> None:
    found = settled(worked_usage()[missing:])

    assert found.state == state
    assert found.time.expected == 25 * 3600
    assert (found.statement is None) == (state == "INCOMPLETE")


def test_a_named_month_is_expected_whole() -> None:
    found = settled(worked_usage(), month=MONTH)

    assert (found.state, found.statement) == ("INCOMPLETE", None)
    assert found.time.expected == 721 * 3600


@pytest.mark.parametrize(
    ("quality", "state", "mark"),
    [
        (ESTIMATED, "WITHIN_LIMIT", "E"),
        (ADJUSTED, "COMPLETE", "A"),
        (UNUSABLE, "WITHIN_LIMIT", ""),
    ],
)
def test_quality_counts_in_the_gate_and_stands_at_the_hour(
    quality: str, state: str, mark: str
) -> None:
    usage = [metered(0, "1.250", quality=quality), *worked_usage()[1:]]

    found = settled(usage)

    assert found.statement
    assert found.state == state
    assert found.statement.hours[0].quality == mark
    is_billed = found.statement.hours[0].heard_seconds == 3600
    assert is_billed == (quality != UNUSABLE)


def test_each_direction_of_each_device_is_expected_and_never_netted() -> None:
    usage = [
        metered(0, "0.5", direction="delivered"),
        metered(0, "0.2", direction="received"),
    ]

    found = settled(usage, rate(minimum_completeness=Decimal(0)))

    assert found.statement
    assert found.time.expected == 2 * 25 * 3600
    hour = found.statement.hours[0]
    assert (hour.import_kwh, hour.export_kwh) == (Decimal("0.5"), Decimal("0.2"))


def test_netting_by_the_hour_is_the_rates() -> None:
    quarters = [
        metered(0, kwh, minute=15 * i, minutes=15)
        for i, kwh in enumerate(("0.5", "-0.2", "0.3", "-0.1"))
    ]
    dear, cheap = PriceRule(fixed_per_kwh=Decimal("0.20")), Decimal("0.15")
    said = {
        "import_price": dear,
        "export_price": PriceRule(fixed_per_kwh=cheap),
        "minimum_completeness": Decimal(0),
    }

    exact = {}
    for netting in ("interval", "hour", "month"):
        found = settled(quarters, rate(netting=netting, **said))
        assert found.statement
        exact[netting] = found.statement.total.exact_amount

    assert exact == {
        "interval": Decimal("0.115"),
        "hour": Decimal("0.100"),
        "month": Decimal("0.100"),
    }


def test_fees_by_the_day_are_of_the_days_settled() -> None:
    assert amounts(settled(worked_usage(), rate(fees=(FEE,))))["fee"] == "0.10"


def test_a_correction_is_a_version_and_no_change_is_none() -> None:
    first = settled(worked_usage())
    before = rows_of(first)

    same = settled(worked_usage(), before=before)
    # Hour 19 of the day, the 18th from 0: 2.350 instead of 2.100 kWh at 0.48650.
    again = settled(worked_usage(h18="2.350"), before=before)

    assert same.statement is None
    assert again.statement
    assert again.statement.label == "R1"
    assert amounts(again) == {
        "import_energy": "3.76",
        "export_credit": "-0.03",
        "total": "3.73",
    }
    assert again.statement.total.exact_amount == Decimal("3.728921")


def test_the_correction_of_the_worked_example_is_twelve_cents_on_a_net_line() -> None:
    net = rate(energy_lines="net")

    again = settled(
        worked_usage(h18="2.350"), net, before=rows_of(settled(worked_usage(), net))
    )

    assert amounts(settled(worked_usage(), net))["total"] == "3.61"
    assert amounts(again)["total"] == "3.73"


def rows_of(found: Settled) -> list[dict[str, object]]:
    assert found.statement
    head = ("meter_id", "billing_month", "version", "content_sha256", "currency")
    return [
        {name: getattr(found.statement, name) for name in head}
        | {"line_code": line.line_code, "amount": line.amount}
        for line in found.statement.lines
    ]


def test_usage_of_two_months_needs_the_month_named() -> None:
    usage = [metered(0, "1"), metered(24 * 30, "1")]

    with pytest.raises(InputError, match="from 2024-11-03 to 2024-12-02, expected one"):
        period_of(usage, rate(), None)
    assert period_of(usage, rate(), "2024-12").days == 31


def test_no_usage_is_refused() -> None:
    with pytest.raises(InputError, match="got none"):
        period_of([], rate(), None)


LOSSY = rate(
    import_price=PriceRule(factor=Decimal("1.1"), adder_per_kwh=Decimal("0.01234567")),
    loss=Loss(share=Decimal("0.07"), applies_to="quantity"),
    fees=(FEE,),
)


@given(seed=st.integers(0, 10**6), repeats=st.integers(0, 5))
@tries(deadline=None, max_examples=25)
def test_neither_order_nor_repeats_change_a_byte(seed: int, repeats: int) -> None:
    usage = [*worked_usage(), metered(3, "9", version=2)]
    shuffled = [*usage, *usage[:repeats]]
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    prices = list(PRICES.items())
    random.Random(seed).shuffle(prices)  # noqa: S311

    assert text_of(settled(shuffled, LOSSY, prices=dict(prices))) == text_of(
        settled(usage, LOSSY)
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Apia"])
def test_the_machines_time_zone_does_not_change_a_byte(zone: str) -> None:
    expected = text_of(settled(worked_usage(), LOSSY))

    with machine_in(zone):
        assert text_of(settled(worked_usage(), LOSSY)) == expected


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """Let the machine's clock show another zone."""
    before = os.environ.get("TZ")
    try:
        os.environ["TZ"] = zone
        time.tzset()
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
