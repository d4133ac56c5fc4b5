"""Identifiers stay text, findings read as one line, field errors name every field."""

from datetime import date

import pytest

from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.ids import price_event_id, require_id


@pytest.mark.parametrize(
    "text", ["0012", "A", "ven-1", "a.b_c:d", "9" * 128, "TER0001"]
)
def test_an_identifier_stays_as_it_is(text: str) -> None:
    assert require_id(text, name="meter_id") == text


@pytest.mark.parametrize(
    "value",
    ["", " a", "a ", "a b", "-a", ".a", "é", "a/b", "a\n", "a,b", "9" * 129, 12, None],
)
def test_what_is_not_an_identifier_is_refused_by_name(value: object) -> None:
    with pytest.raises(ValueError, match="expected meter_id as text of 1 to 128"):
        require_id(value, name="meter_id")


def test_a_hostile_identifier_is_shown_cut_short() -> None:
    with pytest.raises(ValueError, match="got") as refusal:
        require_id("/" * 10_000, name="ven_id")

    assert len(str(refusal.value)) < 200


def test_an_event_id_is_the_same_every_time_and_another_for_another() -> None:
    ids = {
        price_event_id(
            programme_id=programme, ven_id=ven, operating_day=date(2025, 11, day)
        )
        for programme in ("ter", "ter2")
        for ven in ("ven-1", "ven-2")
        for day in (1, 2)
        for _ in range(2)
    }

    assert len(ids) == 8


def test_an_event_id_is_an_identifier_whatever_the_ven_is_called() -> None:
    made = price_event_id(
        programme_id="ter", ven_id="a ven / with: odd", operating_day=date(2025, 11, 2)
    )

    assert require_id(made, name="event_id") == made
    assert made.startswith("ter-20251102-")


def test_a_finding_reads_as_one_line() -> None:
    assert str(Finding("price.missing", "2025-11-02")) == "price.missing 2025-11-02"
    assert (
        str(Finding("price.missing", "2025-11-02", {"hours": 2, "first": "05:00"}))
        == "price.missing 2025-11-02: hours 2, first 05:00"
    )


def test_a_field_error_keeps_its_messages_by_field_and_says_them_all() -> None:
    error = FieldError("schedule", {"a": ["is missing"], "b[1]": ["one", "two"]})

    assert isinstance(error, InputError)
    assert error.fields == {"a": ["is missing"], "b[1]": ["one", "two"]}
    assert str(error) == "schedule: a: is missing; b[1]: one two"
