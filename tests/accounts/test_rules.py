"""What contradicts in an account: tags and usages that overlap, days without a tag."""

import pytest

from ter_pipelines.accounts.bodies import read_new_account
from ter_pipelines.accounts.rules import find_tag_gaps
from ter_pipelines.vocab.errors import FieldError
from tests.accounts.at_hand import MARKET_TOML, account, body, market, summary, tag


def errors_of(given: object, text: str = MARKET_TOML) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as caught:
        read_new_account(given, market(text))
    return caught.value.fields


@pytest.mark.parametrize(
    ("second_start", "errors"),
    [
        ("2018-12-31", {"capacity_tags[1].start_date": ["overlaps another tag"]}),
        ("2019-1-1", None),
    ],
)
def test_tags_end_with_their_last_day_and_may_not_share_one(
    second_start: str, errors: dict[str, list[str]] | None
) -> None:
    tags = [tag("2018-1-1", "2018-12-31"), tag(second_start, "2019-12-31")]
    given = body(capacity_tags_attributes=tags)

    if errors is None:
        assert len(read_new_account(given, market()).capacity_tags) == 2
    else:
        assert errors_of(given) == errors


def test_a_tag_inside_another_and_one_after_both_are_told_apart() -> None:
    tags = [
        tag("2018-1-1", "2018-12-31"),
        tag("2018-3-1", "2018-3-31"),
        tag("2018-5-1", "2018-5-31"),
    ]

    errors = errors_of(body(transmission_tags_attributes=tags))

    assert list(errors) == [
        "transmission_tags[1].start_date",
        "transmission_tags[2].start_date",
    ]


def test_summary_usages_may_not_overlap() -> None:
    usages = [
        *summary("2018-1-1", "2018-1-31", "1"),
        *summary("2018-1-31", "2018-2-1", "1"),
    ]

    assert errors_of(body(summary_usages_attributes=usages)) == {
        "summary_usages[1].starts_on": ["overlaps another summary usage"]
    }


def test_energy_below_zero_is_taken_where_the_market_allows_it() -> None:
    text = f"allows_negative = true\n{MARKET_TOML}"
    given = body(summary_usages_attributes=summary("2018-1-1", "2018-1-1", "-1"))

    assert read_new_account(given, market(text)).summary_usages[0].volume_kwh == -1


def test_usage_without_a_tag_is_told_and_refused_where_the_market_is_strict() -> None:
    """The documented account is used in January, its tag begins in June."""
    given = body(
        summary_usages_attributes=summary("2018-01-04", "2018-01-04", "925.24")
    )

    lenient = read_new_account(given, market())

    assert [(f.code, f.facts) for f in find_tag_gaps(lenient, "7")] == [
        ("capacity_tags.not_in_force", {"on": "2018-01-04"})
    ]
    assert errors_of(given, f"needs_tags = true\n{MARKET_TOML}") == {
        "capacity_tags": ["has no tag in force on 2018-01-04"]
    }


def test_days_between_tags_are_told() -> None:
    tags = [tag("2018-1-1", "2018-12-30"), tag("2019-1-1", "2019-12-31")]

    found = find_tag_gaps(account(transmission_tags_attributes=tags), "7")

    assert [str(f) for f in found] == [
        "transmission_tags.gap 7: from 2018-12-31, to 2018-12-31"
    ]
