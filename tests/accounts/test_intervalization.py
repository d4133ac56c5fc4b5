"""A period's energy over its hours: exact, by the clock, and measured hours stay."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.bodies import MeteredHour
from ter_pipelines.accounts.intervalization import (
    METERED,
    PROFILE,
    AccountUsage,
    IntervalizedHour,
    find_imbalance,
    intervalize,
    share_exactly,
)
from ter_pipelines.vocab.errors import InputError
from tests.accounts.at_hand import (
    CLOCKS_GO_BACK,
    CLOCKS_GO_FORWARD,
    EASTERN,
    MARKET_TOML,
    account,
    decimals,
    market,
    summary,
)


def hours_of(given: Account, *metered: MeteredHour) -> list[IntervalizedHour]:
    return intervalize(AccountUsage(given, metered), market(), EASTERN)


def of_one_day(day: date, volume_kwh: str) -> Account:
    usages = summary(str(day), str(day), volume_kwh)
    return account(summary_usages_attributes=usages)


def three_days(volume_kwh: str = "925.24") -> Account:
    usages = summary("2018-10-1", "2018-10-3", volume_kwh)
    return account(summary_usages_attributes=usages)


def test_the_worked_example_of_three_days() -> None:
    hours = hours_of(three_days())

    energies = [hour.energy_kwh for hour in hours]
    assert len(hours) == 72
    assert energies[0] == Decimal("6.6724")
    assert energies[18] == Decimal("22.2414")
    assert energies[48 + 18] == Decimal("26.6896")
    assert sum(energies[:24]) == Decimal("289.1374")
    assert sum(energies) == Decimal("925.24")


def test_the_worked_example_has_28_units_left_for_the_largest_remainders() -> None:
    energies = [hour.energy_kwh for hour in hours_of(three_days())]
    weights = [
        hour_weight
        for factor in decimals("1", "1", "1.2")
        for hour_weight in [
            w * factor
            for w in market().utilities["WPP"].load_profiles["GPC"].shapes[0].weights
        ]
    ]

    units = [
        int(energy * 10_000) - int(9_252_400 * weight / Decimal("83.20"))
        for energy, weight in zip(energies, weights, strict=True)
    ]

    assert sum(weights) == Decimal("83.20")
    assert set(units) == {0, 1}
    assert sum(units) == 28


def test_units_that_are_left_go_to_the_largest_remainder_then_the_earliest() -> None:
    by_size = share_exactly(Decimal("0.0002"), decimals("1", "2", "3"))
    among_equals = share_exactly(Decimal("0.0001"), decimals("1", "1"))

    assert by_size == decimals("0", "0.0001", "0.0001")
    assert among_equals == decimals("0.0001", "0")


def test_no_energy_is_zero_in_every_hour_whatever_the_weights() -> None:
    assert share_exactly(Decimal(0), decimals("1", "2")) == decimals("0", "0")
    assert share_exactly(Decimal(0), decimals("0", "0")) == decimals("0", "0")


def test_weights_that_are_all_zero_cannot_share_energy() -> None:
    with pytest.raises(InputError, match="1 kWh over 2 hours: got weights that are"):
        share_exactly(Decimal(1), decimals("0", "0"))


def test_energy_below_zero_is_shared_as_its_opposite() -> None:
    assert share_exactly(Decimal("-0.0003"), decimals("1", "1")) == decimals(
        "-0.0002", "-0.0001"
    )


def test_energy_of_six_places_keeps_them() -> None:
    shares = share_exactly(Decimal("1.000001"), decimals("1", "1"))

    assert shares == decimals("0.500001", "0.500000")


@given(
    st.decimals("-1e6", "1e6", places=6),
    st.lists(st.decimals("0", "100", places=3), min_size=1, max_size=100),
)
def test_shares_add_up_and_are_off_by_less_than_a_unit(
    energy: Decimal, weights: list[Decimal]
) -> None:
    if not sum(weights):
        return

    shares = share_exactly(energy, weights)

    assert sum(shares) == energy
    for share, weight in zip(shares, weights, strict=True):
        exact = energy * weight / sum(weights)
        assert abs(share - exact) < Decimal("0.0001")


@pytest.mark.parametrize(
    ("day", "hours"),
    [(CLOCKS_GO_FORWARD, 23), (date(2025, 11, 3), 24), (CLOCKS_GO_BACK, 25)],
)
def test_a_day_has_its_23_24_or_25_hours(day: date, hours: int) -> None:
    found = hours_of(of_one_day(day, "24"))

    assert len(found) == hours
    assert sum(hour.energy_kwh for hour in found) == 24


def test_the_repeated_hour_has_the_weight_of_hour_1_twice() -> None:
    found = hours_of(of_one_day(CLOCKS_GO_BACK, "26.5"))  # weights: 26.0 and 0.5

    energies = [hour.energy_kwh for hour in found]
    assert energies[:4] == decimals("0.6", "0.5", "0.5", "0.5")
    assert [h.start_utc - found[0].start_utc for h in found[1:3]] == [
        timedelta(hours=1),
        timedelta(hours=2),
    ]


def test_the_hour_that_spring_skips_has_no_share() -> None:
    found = hours_of(of_one_day(CLOCKS_GO_FORWARD, "25.5"))  # 26.0 but for hour 2

    assert [hour.energy_kwh for hour in found][:4] == decimals(
        "0.6", "0.5", "0.5", "0.6"
    )


def test_a_measured_hour_stays_and_the_others_keep_their_share() -> None:
    metered = MeteredHour(date(2018, 10, 1), 1, Decimal("9.5"))

    hours = hours_of(three_days(), metered)

    assert (hours[0].energy_kwh, hours[0].method) == (Decimal("9.5"), METERED)
    assert (hours[18].energy_kwh, hours[18].method) == (Decimal("22.2414"), PROFILE)


def test_measured_hours_need_no_summary_usage_and_come_in_order() -> None:
    given_account = account(summary_usages_attributes=None)
    measured = [MeteredHour(CLOCKS_GO_BACK, h, Decimal(h)) for h in (25, 2, 3)]

    hours = hours_of(given_account, *measured)

    assert [hour.energy_kwh for hour in hours] == [2, 3, 25]
    assert hours[1].start_utc - hours[0].start_utc == timedelta(hours=1)


def test_the_first_shape_that_fits_month_day_and_temperature_is_the_days() -> None:
    flat = ["1"] * 24
    text = MARKET_TOML.replace(
        f"[[utility.load_profile.shape]]\nweights = {flat}",
        f"[[utility.load_profile.shape]]\nmonths = [7]\nweights = {['2'] * 24}\n"
        f'[[utility.load_profile.shape]]\ntemperature_classes = ["hot"]\n'
        f"weights = {['3'] * 24}\n"
        f'[[utility.load_profile.shape]]\nday_types = ["holiday"]\n'
        f"weights = {['5'] * 24}\n"
        f'[[utility.load_profile.shape]]\nday_types = ["weekday", "saturday"]\n'
        f"weights = {['7'] * 24}",
    ).replace('currency = "USD"', 'currency = "USD"\nholidays = [2025-11-27]')
    text = text.replace(
        'lmp_source = "ter-json"',
        'lmp_source = "ter-json"\ntemperature_days = { 2025-11-26 = "hot" }',
    )
    of_strata = account_of_strata("2025-11-25", "2025-11-29", 24 * (7 + 3 + 5 + 7 + 7))

    hours = intervalize(AccountUsage(of_strata), market(text), EASTERN)

    assert [hour.energy_kwh for hour in hours][::24] == [7, 3, 5, 7, 7]


def account_of_strata(first: str, last: str, volume: int) -> Account:
    return account(
        state="NY", utility="CONED", load_zone="H", load_profile="66 Strata 7",
        rate_class="SC 1", voltage="LV",
        summary_usages_attributes=summary(first, last, str(volume)),
    )  # fmt: skip


def test_a_day_that_no_shape_fits_is_an_error_that_names_it() -> None:
    text = MARKET_TOML.replace(
        f"weights = {['1'] * 24}", f"months = [1]\nweights = {['1'] * 24}"
    )
    usage = AccountUsage(account_of_strata("2025-01-31", "2025-02-01", 10))

    with pytest.raises(InputError, match=r"no shape for 2025-02-01 \(month 2, sat"):
        intervalize(usage, market(text), EASTERN)


def test_a_profile_that_left_the_markets_file_is_an_error() -> None:
    text = MARKET_TOML.replace('"GPC"', '"GPX"')

    with pytest.raises(InputError, match="load profile 'GPC' of 'WPP'"):
        intervalize(AccountUsage(three_days()), market(text), EASTERN)


def test_only_what_decides_about_the_hours_changes_the_fingerprint() -> None:
    before = AccountUsage(three_days()).fingerprint(market())

    another = account(rep="z", summary_usages_attributes=summary(
        "2018-10-01", "2018-10-03", "925.240"))  # fmt: skip
    same = AccountUsage(another).fingerprint(market())
    metered = MeteredHour(date(2018, 10, 1), 1, Decimal("9.5"))

    others = {
        AccountUsage(three_days("925.25")).fingerprint(market()),
        AccountUsage(three_days(), (metered,)).fingerprint(market()),
        AccountUsage(three_days()).fingerprint(market(MARKET_TOML.replace(
            '2018-10-03 = "1.2"', '2018-10-03 = "1.3"'))),
    }  # fmt: skip
    assert same == before
    assert len(others - {before}) == 3


def test_hours_that_are_not_their_summary_are_found() -> None:
    usage = AccountUsage(three_days())
    hours = intervalize(usage, market(), EASTERN)

    fine = find_imbalance(usage, hours, "7", EASTERN)
    lost = find_imbalance(usage, hours[1:], "7", EASTERN)
    double = find_imbalance(usage, [*hours, hours[0]], "7", EASTERN)

    assert fine == []
    assert [(f.code, f.facts) for f in lost] == [
        ("usage.summary_differs", {"summary_kwh": "925.24", "hours_kwh": "918.5676"})
    ]
    assert [f.code for f in double] == [
        "usage.hour_is_double",
        "usage.summary_differs",
    ]


def test_a_summary_with_measured_hours_is_not_held_against_its_energy() -> None:
    metered = MeteredHour(date(2018, 10, 1), 1, Decimal("9.5"))
    usage = AccountUsage(three_days(), (metered,))

    hours = intervalize(usage, market(), EASTERN)

    assert find_imbalance(usage, hours, "7", EASTERN) == []
