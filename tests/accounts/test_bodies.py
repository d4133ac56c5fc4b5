"""Accounts as partners send them: what is taken, and what is said of the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.accounts.account import SummaryUsage, Tag
from ter_pipelines.accounts.bodies import (
    read_change,
    read_new_account,
    read_stored_account,
)
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.strict_json import parse_json
from tests.accounts.at_hand import (
    MARKET_TOML,
    account,
    body,
    market,
    summary,
    tag,
)


def errors_of(given: object, text: str = MARKET_TOML) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as caught:
        read_new_account(given, market(text))
    return caught.value.fields


def change_errors(**changes: Any) -> dict[str, list[str]]:  # noqa: ANN401
    with pytest.raises(FieldError) as caught:
        read_change({"account": changes}, account(), market())
    return caught.value.fields


def test_the_documented_account_is_taken_as_it_stands() -> None:
    found = account()

    assert found.account_number == "abc123"
    assert found.status == "active"
    assert found.flow_start is None
    assert found.capacity_tags == (
        Tag(date(2018, 6, 1), date(2019, 5, 31), Decimal(60_000)),
    )
    assert found.summary_usages == (
        SummaryUsage(date(2018, 10, 1), date(2018, 10, 31), Decimal("925.24")),
    )


def test_an_account_answers_as_documented_and_reads_back() -> None:
    found = account()

    answered = found.to_body()

    assert answered["summary_usages"] == [
        {
            "starts_on": "2018-10-01",
            "ends_on": "2018-10-31",
            "volume_kwh": Decimal("925.24"),
        }
    ]
    assert answered["flow_end"] is None
    as_json = parse_json(
        b'{"volume_kwh": 925.24, "starts_on": "2018-10-01", "ends_on": "2018-10-31"}'
    )
    told = {**answered, "summary_usages": [as_json]}
    told["capacity_tags"][0]["value_kw"] = "60000"
    told["transmission_tags"][0]["value_kw"] = "100000"
    assert read_stored_account(told) == found


def test_lists_may_be_named_with_and_without_attributes() -> None:
    plain = body(capacity_tags=[tag("2018-6-1", "2019-5-31", "60000")],
                 capacity_tags_attributes=None)  # fmt: skip

    assert read_new_account(plain, market()) == account()


def test_a_list_named_in_both_ways_is_refused() -> None:
    errors = errors_of(body(capacity_tags=[]))

    assert errors == {
        "capacity_tags": ["is given twice, as capacity_tags_attributes, too"]
    }


def test_the_documentation_marks_the_id_as_required_but_it_cannot_be_set() -> None:
    assert account()
    assert errors_of(body(id="5")) == {"id": ["can't be set"]}


def test_every_required_field_that_is_missing_is_named() -> None:
    assert errors_of({"account": {}}) == {
        name: ["can't be blank"]
        for name in sorted(
            "account_number location city state load_zone utility load_profile voltage "
            "rate_class capacity_tags transmission_tags".split()
        )
    }


@pytest.mark.parametrize("given", [None, [], {}, {"account": []}, {"account": None}])
def test_a_body_without_an_account_is_refused(given: object) -> None:
    assert errors_of(given) == {"account": ["can't be blank"]}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"load_profile": "X"},
         {"load_profile": ["is not included in the utility's load profiles"]}),
        ({"rate_class": "X"},
         {"rate_class": ["is not included in the utility's rate classes"]}),
        ({"voltage": "X"}, {"voltage": ["is not included in the utility's voltages"]}),
        ({"load_zone": "H"},
         {"load_zone": ["is not included in the utility's load zones"]}),
        ({"load_zone": "X"}, {"load_zone": ["is not included in the list"]}),
        ({"utility": "X"}, {"utility": ["is not included in the list"]}),
        ({"state": "pa"}, {"state": ["is not included in the list"]}),
        ({"status": "closed"}, {"status": ["is not included in the list"]}),
        ({"city": " "}, {"city": ["can't be blank"]}),
        ({"city": "two\nlines"},
         {"city": ["is not at most 256 printable characters"]}),
        ({"city": "x" * 257}, {"city": ["is not at most 256 printable characters"]}),
        ({"city": ["x"]}, {"city": ["is not text"]}),
        ({"citty": "x"}, {"citty": ["is not a known field"]}),
        ({"flow_start": "2018-2-30"},
         {"flow_start": ["is not a date such as 2018-10-1, from 2000 on"]}),
        ({"flow_start": "1999-12-31"},
         {"flow_start": ["is not a date such as 2018-10-1, from 2000 on"]}),
        ({"flow_start": "2018-2-2", "flow_end": "2018-2-1"},
         {"flow_end": ["must be on or after flow_start"]}),
        ({"capacity_tags_attributes": "x"}, {"capacity_tags": ["is not a list"]}),
        ({"capacity_tags_attributes": [3]}, {"capacity_tags[0]": ["is not an object"]}),
        ({"capacity_tags_attributes": [tag("2018-1-1", "2018-1-2")] * 1001},
         {"capacity_tags": ["has more than 1000 entries"]}),
        ({"capacity_tags_attributes": [{}]},
         {f"capacity_tags[0].{name}": ["can't be blank"]
          for name in ("end_date", "start_date", "value_kw")}),
        ({"capacity_tags_attributes": [tag("2018-1-2", "2018-1-1")]},
         {"capacity_tags[0].end_date": ["must be on or after start_date"]}),
        ({"capacity_tags_attributes": [tag("2018-1-1", "2018-1-1", "-1")]},
         {"capacity_tags[0].value_kw": ["must be 0 or more"]}),
        ({"capacity_tags_attributes": [tag("2018-1-1", "2018-1-1", "1 MW")]},
         {"capacity_tags[0].value_kw": ["is not a number"]}),
        ({"capacity_tags_attributes": [tag("2018-1-1", "2018-1-1", "10000000")]},
         {"capacity_tags[0].value_kw": ["must be less than 10000000"]}),
        ({"summary_usages_attributes": summary("2018-1-2", "2018-1-1", "1")},
         {"summary_usages[0].ends_on": ["must be on or after starts_on"]}),
        ({"summary_usages_attributes": summary("2018-1-1", "2020-3-11", "1")},
         {"summary_usages[0].ends_on": ["is over 800 days later"]}),
        ({"summary_usages_attributes": summary("2018-1-1", "2018-1-1", "-1")},
         {"summary_usages[0].volume_kwh": ["must be 0 or more"]}),
        ({"summary_usages_attributes": summary("2018-1-1", "2018-1-1", "0.0000001")},
         {"summary_usages[0].volume_kwh": ["has more than 6 decimal places"]}),
        ({"summary_usages_attributes": summary("2018-1-1", "2018-1-1", "NaN")},
         {"summary_usages[0].volume_kwh": ["is not a number"]}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    changes: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    assert errors_of(body(**changes)) == errors


@pytest.mark.parametrize(
    "changes",
    [
        {"city": "x" * 256},
        {"flow_start": "2018-2-1", "flow_end": "2018-2-1"},
        {"capacity_tags_attributes": []},
        {"capacity_tags_attributes": [tag("2018-1-1", "2018-1-1", "9999999.999999")]},
        {"capacity_tags_attributes": [tag("2018-1-1", "2018-1-1", "0")]},
        {"summary_usages_attributes": summary("2018-1-1", "2020-3-10", "0.000001")},
        {"summary_usages_attributes": summary("2018-1-1", "2018-1-1", "0")},
        {"flow_start": "", "rep": "", "status": "inactive"},
    ],
)
def test_the_limits_themselves_are_taken(changes: dict[str, Any]) -> None:
    assert read_new_account(body(**changes), market())


def test_a_change_keeps_what_it_does_not_name() -> None:
    """The documented change names its tags without `_attributes`."""
    change = {
        "rep": "abcde", "location": "Costa Rica", "city": "Costa Rica",
        "summary_usages_attributes": summary("2018-01-04", "2018-01-04", "925.24"),
        "capacity_tags": [tag("2018-06-01", "2019-05-31", "60000")],
        "transmission_tags": [tag("2018-01-01", "2018-12-31", "100000")],
    }  # fmt: skip

    changed = read_change({"account": change}, account(), market())

    assert (changed.city, changed.state, changed.rep) == ("Costa Rica", "PA", "abcde")
    assert changed.capacity_tags == account().capacity_tags
    assert [u.starts_on for u in changed.summary_usages] == [date(2018, 1, 4)]


def test_an_account_that_is_deactivated_says_so() -> None:
    """The documented answer to this change still says active, which is wrong."""
    changed = read_change({"account": {"status": "inactive"}}, account(), market())

    assert changed.to_body()["status"] == "inactive"


def test_an_inactive_account_takes_no_usage_until_it_is_active_again() -> None:
    inactive = account(status="inactive")
    usages = summary("2018-1-1", "2018-1-1", "1")

    with pytest.raises(FieldError, match="can't change while the account is inactive"):
        read_change({"account": {"summary_usages": usages}}, inactive, market())
    again = {"account": {"summary_usages": usages, "status": "active"}}

    assert read_change(again, inactive, market()).status == "active"


def test_a_change_is_held_against_all_rules() -> None:
    assert change_errors(load_profile="X") == {
        "load_profile": ["is not included in the utility's load profiles"]
    }
    assert change_errors(city=None) == {"city": ["can't be blank"]}
    assert change_errors(intervalization_status="intervalized") == {
        "intervalization_status": ["can't be set"]
    }
