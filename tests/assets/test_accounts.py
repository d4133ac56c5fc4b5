"""Accounts through the pipeline: usage to hours to prices, and what is lacking."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import dagster as dg
import pytest

from ter_pipelines.account_prices import average_price, components_of
from ter_pipelines.accounts.account import SummaryUsage
from ter_pipelines.accounts.bodies import MeteredHour
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY
from tests.accounts.at_hand import MARKET_TOML, market, summary, tag
from tests.accounts.installed import NOV_1, NOV_2, NOV_3, NOV_4, Retail, retail
from tests.assets.conftest import Installation, failed_checks


@pytest.fixture
def at_work(installation: Installation) -> Retail:
    """Give an installation with prices of three days."""
    found = retail(installation)
    for day, hours in ((NOV_1, 24), (NOV_2, 25), (NOV_3, 24)):
        found.post_lmp(day, ["30"] * hours)
    return found


def findings(result: dg.ExecuteInProcessResult, check: str) -> str:
    (found,) = (
        e for e in result.get_asset_check_evaluations() if e.check_name == check
    )
    return str(found.metadata["what"].value)


def test_a_period_becomes_hours_and_each_hour_has_its_price(at_work: Retail) -> None:
    account_id = at_work.make()

    result = at_work.price(NOV_1, NOV_3)

    assert result.success
    assert failed_checks(result) == []
    days = (NOV_1, NOV_2, NOV_3)
    assert [len(at_work.prices(day)) for day in days] == [24, 25, 24]
    assert [sum(at_work.energies(day)) for day in days] == [24, 25, 24]
    row = at_work.prices(NOV_2)[0]
    assert row["account_id"] == account_id
    assert row["lmp_price"] == 30
    assert row["losses_price"] == Decimal("1.98")  # 0.06 x (30 + 2 + 1)
    assert row["capacity_price"] == 4000  # 1 MW x 100 over 25 kWh
    assert row["transmission_price"] == 4000  # 2 MW x 50 over 25 kWh
    assert row["transmission_ancillaries_price"] == -400
    assert components_of(row).total_price_per_mwh == Decimal("7634.98")


def test_rates_change_on_their_day(at_work: Retail) -> None:
    at_work.make()

    at_work.price(NOV_1, NOV_3)

    paid = [
        sum(row["energy_kwh"] * row["capacity_price"] for row in at_work.prices(day))
        for day in (NOV_1, NOV_3)
    ]
    assert [round(amount / 1000, 9) for amount in paid] == [100, 200]
    assert at_work.prices(NOV_3)[0]["ancillaries_price"] == 4


def test_a_period_averages_once_every_hour_of_it_is_priced(at_work: Retail) -> None:
    account_id = at_work.make()
    lake, zone = at_work.installation.lake, at_work.installation.programme.zone
    period = SummaryUsage(NOV_1, NOV_2, Decimal(49))

    at_work.price(NOV_1, NOV_1)
    before = average_price(lake, account_id, period, zone)
    at_work.price(NOV_2, NOV_3)

    found = average_price(lake, account_id, period, zone)
    assert before is None
    assert found is not None
    assert found.shown(4)["capacity_price"] == "4081.6327"  # 200 over 49 kWh


def test_an_account_is_intervalized_once_all_its_days_are(at_work: Retail) -> None:
    account_id = at_work.make()
    states = [at_work.state(account_id)]

    for first, last in ((NOV_1, NOV_2), (NOV_3, NOV_3)):
        at_work.price(first, last)
        states.append(at_work.state(account_id))

    assert states == ["awaiting_intervalization", "intervalizing", "intervalized"]


def test_another_usage_profile_or_zone_makes_it_wait_again(at_work: Retail) -> None:
    account_id = at_work.make()
    at_work.price(NOV_1, NOV_3)

    at_work.change(account_id, rep="somebody else")
    unchanged = at_work.state(account_id)
    at_work.change(account_id, summary_usages=summary("2025-11-1", "2025-11-3", "146"))
    changed = at_work.state(account_id)
    at_work.price(NOV_1, NOV_3)

    assert (unchanged, changed) == ("intervalized", "awaiting_intervalization")
    assert at_work.state(account_id) == "intervalized"
    assert at_work.energies(NOV_1) == [2] * 24


def test_an_account_without_usage_has_none(at_work: Retail) -> None:
    account_id = at_work.make(summary_usages_attributes=None)

    result = at_work.price(NOV_1, NOV_1)

    assert result.success
    assert at_work.state(account_id) == "usageless"
    assert at_work.energies(NOV_1) == []


def test_days_before_the_programme_are_not_waited_for(at_work: Retail) -> None:
    first = at_work.installation.programme.first_operating_day
    usages = summary(str(first - 2 * DAY), str(first), "72")
    account_id = at_work.make(summary_usages_attributes=usages)

    at_work.price(first, first)

    assert at_work.state(account_id) == "intervalized"


def test_a_profile_that_cannot_share_is_an_error_with_its_reason(
    at_work: Retail,
) -> None:
    text = MARKET_TOML.replace(f"weights = {['1'] * 24}", f"weights = {['0'] * 24}")
    nothing = Retail(replace(at_work.installation, market=market(text)))
    account_id = nothing.make()
    fine = nothing.make(account_number="2", summary_usages_attributes=None)
    nothing.installation.registry.accounts.add_hours(
        fine, [MeteredHour(NOV_1, 1, Decimal(5))], "anna"
    )

    result = nothing.price(NOV_1, NOV_3)

    assert result.success
    assert failed_checks(result) == ["every_account_is_intervalized"]
    assert "weights that are all zero" in findings(
        result, "every_account_is_intervalized"
    )
    assert nothing.state(account_id) == "intervalization_error"
    assert nothing.energies(NOV_1) == [5]
    assert [row["account_id"] for row in nothing.prices(NOV_1)] == [fine]


def test_measured_hours_are_used_and_priced(at_work: Retail) -> None:
    account_id = at_work.make()
    measured = [MeteredHour(NOV_2, 25, Decimal(26))]
    at_work.installation.registry.accounts.add_hours(account_id, measured, "anna")

    at_work.price(NOV_1, NOV_3)

    assert at_work.energies(NOV_2) == [1] * 24 + [26]
    assert at_work.prices(NOV_2)[0]["capacity_price"] == 2000  # 100 over 50 kWh


def test_without_an_lmp_nothing_is_priced_and_the_account_is_named(
    at_work: Retail,
) -> None:
    usages = summary("2025-11-4", "2025-11-4", "24")
    at_work.make(summary_usages_attributes=usages)

    result = at_work.price(NOV_4, NOV_4)

    assert result.success
    assert at_work.prices(NOV_4) == []
    assert failed_checks(result) == ["every_account_is_priced"]
    assert findings(result, "every_account_is_priced") == (
        "- price.no_lmp account 1: day 2025-11-04, load_zone H"
    )


def test_the_newest_file_counts_and_files_of_other_sources_do_not(
    at_work: Retail,
) -> None:
    at_work.make()
    newest = at_work.post_lmp(NOV_1, ["50"] * 24)
    at_work.post_lmp(NOV_1, ["70"] * 24, source="nyiso")

    at_work.price(NOV_1, NOV_1)

    row = at_work.prices(NOV_1)[0]
    assert (row["lmp_price"], row["price_submission_id"]) == (50, newest)


def test_a_newer_file_that_was_changed_is_told_and_leaves_the_one_before(
    at_work: Retail,
) -> None:
    at_work.make()
    registry = at_work.installation.registry
    broken = at_work.post_lmp(NOV_1, ["60"] * 24)
    landed = registry.submission(broken)
    assert landed is not None
    folder = at_work.installation.lake.root.parent / "landing"
    (folder / landed.path).write_bytes(b"changed on disk")

    result = at_work.price(NOV_1, NOV_1)

    assert at_work.prices(NOV_1)[0]["lmp_price"] == 30
    assert f"price.file_changed submission {broken}" in findings(
        result, "every_account_is_priced"
    )


def test_a_newer_file_that_nobody_can_read_is_told_and_leaves_the_one_before(
    at_work: Retail,
) -> None:
    at_work.make()
    short = at_work.post_file(NOV_1, b'{"schedule": {"prices": []}}')

    result = at_work.price(NOV_1, NOV_1)

    assert at_work.prices(NOV_1)[0]["lmp_price"] == 30
    told = findings(result, "every_account_is_priced")
    assert f"price.file_unreadable submission {short}: day 2025-11-01, why" in told


def test_a_file_that_is_of_another_day_is_told(at_work: Retail) -> None:
    at_work.make()
    landed = at_work.post_lmp(NOV_1, ["50"] * 24)
    registry = at_work.installation.registry
    submission = registry.submission(landed)
    assert submission is not None
    other = at_work.post_file(NOV_2, registry.body(submission))

    result = at_work.price(NOV_2, NOV_2)

    told = findings(result, "every_account_is_priced")
    assert f"price.file_of_another_day submission {other}: day 2025-11-02" in told
    assert "it is of 2025-11-01" in told


def test_days_without_a_tag_are_priced_without_it_and_named(at_work: Retail) -> None:
    tags = [tag("2025-11-2", "2025-12-31", "1000")]
    at_work.make(capacity_tags_attributes=tags)

    result = at_work.price(NOV_1, NOV_2)

    first, second = at_work.prices(NOV_1)[0], at_work.prices(NOV_2)[0]
    assert (first["capacity_price"], first["flags"]) == (0, "no_capacity_tag")
    assert (second["capacity_price"], second["flags"]) == (4000, "")
    assert findings(result, "every_account_is_priced") == (
        "- price.no_capacity_tag account 1: day 2025-11-01"
    )


def test_a_zone_without_rates_on_the_day_is_named(at_work: Retail) -> None:
    text = MARKET_TOML.replace(
        "effective_from = 2018-01-01", "effective_from = 2025-11-02"
    )
    late = Retail(replace(at_work.installation, market=market(text)))
    late.make()

    result = late.price(NOV_1, NOV_2)

    assert late.prices(NOV_1) == []
    assert len(late.prices(NOV_2)) == 25
    assert "price.no_rates account 1" in findings(result, "every_account_is_priced")


def test_an_inactive_account_keeps_its_hours_and_prices(at_work: Retail) -> None:
    account_id = at_work.make()
    at_work.price(NOV_1, NOV_3)

    at_work.change(account_id, status="inactive")
    at_work.price(NOV_1, NOV_3)

    assert len(at_work.prices(NOV_1)) == 24
    assert at_work.state(account_id) == "intervalized"


def test_the_same_accounts_make_the_same_files(at_work: Retail) -> None:
    for number in ("1", "2"):
        at_work.make(account_number=number)
    lake = at_work.installation.lake

    hashes = []
    for _ in range(2):
        at_work.price(NOV_1, NOV_3)
        stored = lake.stored(tables.SHADOW_PRICE, NOV_2)
        hashes.append(stored.content_sha256 if stored else "")

    assert hashes[0] == hashes[1] != ""


def test_an_installation_without_a_market_has_no_accounts(
    installation: Installation,
) -> None:
    result = installation.run("price_accounts", NOV_1, date(2025, 11, 2))

    assert result.success
    assert failed_checks(result) == []
    assert installation.lake.read(tables.SHADOW_PRICE).is_empty()
