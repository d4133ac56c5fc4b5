"""Shadow prices: seven parts and their exact sum, tags by the day, averages by volume.

The figures are those of the partner's documentation and of a worked example.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.accounts.intervalization import AccountUsage, intervalize
from ter_pipelines.accounts.shadow_price import (
    PARTS,
    Components,
    DayTerms,
    ShadowHour,
    average,
    find_unrecovered,
    price_day,
    spread,
)
from tests.accounts.at_hand import EASTERN, account, decimals, market, summary

START = datetime(2018, 12, 1, 5, tzinfo=UTC)
RATES = market().load_zones["APS-PA"].rates[0]
TERMS = DayTerms(
    rates=RATES,
    loss_uplift=Decimal("0.0552"),
    capacity_kw=Decimal(250),
    transmission_kw=Decimal(180),
)


def components(*parts: str) -> Components:
    """Give a price from its parts: lmp, anc, rps, cap, loss, trans, trans-anc."""
    return Components(**dict(zip(PARTS, map(Decimal, parts), strict=True)))


def priced(
    energies: Sequence[str], lmps: Sequence[str], terms: DayTerms = TERMS
) -> list[ShadowHour]:
    starts = [START + timedelta(hours=h) for h in range(len(energies))]
    usage = list(zip(starts, map(Decimal, energies), strict=True))
    return price_day(usage, dict(zip(starts, map(Decimal, lmps), strict=True)), terms)


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ("30.8038 0.9942 0.6722 4.2298 2.0174 1.1971 -0.2539", "39.6606"),
        ("146.5884 2.1666 0.3397 11297.1769 9.3132 5558.266 -500.4254", "16513.4254"),
        ("24.4265 0.6452 4.769 69.784 1.7069 59.8526 -1.7812", "159.403"),
        ("37.0501 1.7129 0.261 0.1628 2.1541248 0.1653 -0.0086", "41.4976248"),
    ],
    ids=["15317", "15322", "15316", "hour 1"],
)
def test_the_documented_totals_are_the_sum_of_all_seven(parts: str, total: str) -> None:
    price = components(*parts.split())

    assert price.total_price_per_mwh == Decimal(total)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_can_be_left_out_of_a_documented_total(part: str) -> None:
    price = components(*"37.0501 1.7129 0.261 0.1628 2.1541248 0.1653 -0.0086".split())

    without = replace(price, **{part: Decimal(0)})

    assert without.total_price_per_mwh != Decimal("41.4976248")


def test_hour_2_of_the_documentation_repeats_the_total_of_hour_1_which_is_wrong() -> (
    None
):
    hour_2 = components(
        *"36.6938 1.7129 0.261 0.1628 2.13445704 0.1653 -0.0086".split()
    )

    assert hour_2.total_price_per_mwh == Decimal("41.12165704")
    assert Decimal("41.4976248") - hour_2.total_price_per_mwh == Decimal("0.37596776")


def test_the_documented_losses_are_a_share_of_lmp_ancillaries_and_rps() -> None:
    hours = priced(["1", "1"], ["37.0501", "36.6938"])

    losses = [hour.components.losses_price for hour in hours]
    assert losses == decimals("2.1541248", "2.13445704")


def test_losses_are_by_voltage() -> None:
    (hour,) = priced(["1"], ["37.0501"], replace(TERMS, loss_uplift=Decimal("0.0572")))

    assert hour.components.losses_price == Decimal("2.2321728")  # 0.0572 x 39.024


@pytest.mark.parametrize(
    ("tag_mw", "per_mw_day", "price"),
    [
        (60, "174.21", "11297.1769"),
        (100, "51.4273", "5558.266"),
        (100, "51.42733", "5558.2692"),
        (100, "-4.630137", "-500.4255"),
    ],
)
def test_a_tags_cost_is_spread_over_the_volume_of_the_day(
    tag_mw: int, per_mw_day: str, price: str
) -> None:
    cost = tag_mw * Decimal(per_mw_day)

    found = spread(cost, volume_kwh=Decimal("925.24"))

    assert round(found, 4) == Decimal(price)


def worked_example() -> list[ShadowHour]:
    """Price the first day of the worked example."""
    usages = summary("2018-10-1", "2018-10-3", "925.24")
    usage = AccountUsage(account(summary_usages_attributes=usages))
    hours = intervalize(usage, market(), EASTERN)
    first = [(h.start_utc, h.energy_kwh) for h in hours if h.day == date(2018, 10, 1)]
    return price_day(first, dict.fromkeys(dict(first), Decimal("41.2200")), TERMS)


def test_the_worked_example_comes_to_its_total_from_unrounded_parts() -> None:
    hour = worked_example()[0]

    assert hour.components.shown(4) == {
        "lmp_price": "41.22",
        "ancillaries_price": "1.7129",
        "rps_price": "0.261",
        "capacity_price": "85.1671",
        "losses_price": "2.3843",
        "transmission_price": "32.0173",
        "transmission_ancillaries_price": "-2.8824",
        "total_price_per_mwh": "159.8803",
    }


def test_adding_up_the_rounded_parts_would_miss_the_total_by_a_digit() -> None:
    shown = worked_example()[0].components.shown(4)

    parts = sum(Decimal(shown[name]) for name in PARTS)

    assert (parts, shown["total_price_per_mwh"]) == (Decimal("159.8802"), "159.8803")


def test_the_hours_of_the_worked_example_pay_the_capacity_of_the_day() -> None:
    hours = worked_example()

    paid = sum(h.volume_kwh * h.components.capacity_price for h in hours) / 1000
    assert round(paid, 6) == Decimal("24.625000")


def test_capacity_and_transmission_are_flat_over_the_hours_of_a_day() -> None:
    hours = priced(["1", "3", "0"], ["30", "40", "50"])

    flat = {
        (h.components.capacity_price, h.components.transmission_price) for h in hours
    }
    assert flat == {(Decimal("6156.25"), Decimal("2314.35"))}  # 24.625, 9.2574 / 0.004


@given(
    st.lists(st.decimals("0", "1e6", places=4), min_size=1, max_size=25),
    st.decimals("0", "1e5", places=2),
)
def test_what_the_hours_pay_is_the_days_cost(
    energies: list[Decimal], tag_kw: Decimal
) -> None:
    if not sum(energies):
        return
    terms = replace(TERMS, capacity_kw=tag_kw)

    hours = priced([str(e) for e in energies], ["30"] * len(energies), terms)

    with localcontext(prec=60):
        paid = sum(
            (h.volume_kwh * h.components.capacity_price for h in hours), Decimal(0)
        )
        paid /= 1000
        assert abs(paid - tag_kw * Decimal("98.50") / 1000) < Decimal("1e-9")


def test_hours_that_do_not_pay_the_days_tags_are_found() -> None:
    hours = priced(["1", "3"], ["30", "40"])

    fine = find_unrecovered(hours, TERMS, "7")
    short = find_unrecovered(hours[1:], TERMS, "7")
    unborne = find_unrecovered(priced(["0"], ["30"]), TERMS, "7")

    assert (fine, unborne) == ([], [])
    assert [(f.code, dict(f.facts)) for f in short] == [
        ("capacity_price.not_recovered", {"cost": "24.625", "paid": "18.46875"}),
        ("transmission_price.not_recovered", {"cost": "9.2574", "paid": "6.94305"}),
        (
            "transmission_ancillaries_price.not_recovered",
            {"cost": "-0.8334", "paid": "-0.62505"},
        ),
    ]


def test_without_a_tag_in_force_the_part_is_zero_and_says_so() -> None:
    (no_capacity,) = priced(["1"], ["30"], replace(TERMS, capacity_kw=None))
    (no_transmission,) = priced(["1"], ["30"], replace(TERMS, transmission_kw=None))

    assert no_capacity.components.capacity_price == 0
    assert no_capacity.components.transmission_price > 0
    assert no_capacity.flags == ("no_capacity_tag",)
    assert no_transmission.components.transmission_ancillaries_price == 0
    assert no_transmission.flags == ("no_transmission_tag",)


@pytest.mark.parametrize("energies", [["0", "0"], ["1", "-2"]])
def test_a_day_without_volume_bears_no_tag_and_says_so(energies: list[str]) -> None:
    hours = priced(energies, ["30", "30"])

    assert [hour.components.capacity_price for hour in hours] == [0, 0]
    assert {hour.flags for hour in hours} == {("no_volume",)}


def test_a_tag_of_zero_is_in_force() -> None:
    (hour,) = priced(["1"], ["30"], replace(TERMS, capacity_kw=Decimal(0)))

    assert hour.components.capacity_price == 0
    assert hour.flags == ()


def test_an_lmp_below_zero_makes_losses_below_zero() -> None:
    (hour,) = priced(["1"], ["-11.9739"])  # with the rest: -10

    assert hour.components.losses_price == Decimal("-0.552")


def test_a_period_averages_by_volume() -> None:
    cheap = components("10", "1", "1", "0", "0", "0", "-1")
    dear = components("40", "1", "1", "8", "0", "0", "-1")

    found = average([(Decimal(3), cheap), (Decimal(1), dear)])

    assert found is not None
    assert found.lmp_price == Decimal("17.5")
    assert found.capacity_price == 2
    assert found.total_price_per_mwh == Decimal("20.5")


def test_the_average_of_days_is_their_cost_over_their_volume() -> None:
    """The capacity of account 15322 by the hour comes to its documented average."""
    terms = replace(
        TERMS,
        rates=replace(RATES, capacity_per_mw_day=Decimal("174.21")),
        capacity_kw=Decimal(60_000),
    )
    hours = priced(["900", "25.24"], ["30", "40"], terms)

    found = average([(h.volume_kwh, h.components) for h in hours])

    assert found is not None
    assert found.shown(4)["capacity_price"] == "11297.1769"


def test_nothing_averages_to_nothing() -> None:
    price = components("10", "1", "1", "0", "0", "0", "-1")

    assert average([]) is None
    assert average([(Decimal(0), price)]) is None


def test_prices_do_not_hang_on_the_precision_of_the_thread() -> None:
    wide = worked_example()

    with localcontext(prec=6):
        narrow = worked_example()

    assert narrow == wide
