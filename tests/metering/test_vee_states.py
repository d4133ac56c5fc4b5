"""Steps between states, versions, and how CMEP and OpenADR spell quality."""

from decimal import Decimal
from itertools import product

import pytest

from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    MISSING,
    RAW,
    SUSPECT,
    VALID,
    Interval,
    State,
)
from ter_pipelines.metering.vee.states import (
    Cause,
    change,
    cmep_triple,
    state_of_openadr_quality,
)
from ter_pipelines.vocab.errors import InputError
from tests.metering.vee_at_hand import at

STATES: list[State] = [RAW, VALID, SUSPECT, MISSING, ESTIMATED, ADJUSTED]
ALLOWED = {
    (RAW, VALID), (RAW, SUSPECT), (RAW, MISSING), (SUSPECT, ESTIMATED),
    (MISSING, ESTIMATED), *((state, ADJUSTED) for state in STATES),
}  # fmt: skip
BY_HAND = Cause("edit", "operator-1", at(48), "meter read by phone")


def interval_in(state: State) -> Interval:
    energy_kwh = None if state == MISSING else Decimal("1.5")
    return Interval(at(0), 3600, energy_kwh, state, version=3)


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_only_the_steps_of_the_standard_are_taken(before: State, after: State) -> None:
    energy_kwh = None if after == MISSING else Decimal(2)

    if (before, after) in ALLOWED:
        made = change(interval_in(before), after, energy_kwh, BY_HAND)
        assert made.after.state == after
    else:
        with pytest.raises(InputError, match=f"got {after} after {before}, expected"):
            change(interval_in(before), after, energy_kwh, BY_HAND)


def test_a_change_is_a_new_version_that_knows_the_old_one_and_its_cause() -> None:
    before = interval_in(VALID)

    made = change(before, ADJUSTED, Decimal("1.75"), BY_HAND)

    assert (made.after.version, made.after.energy_kwh) == (4, Decimal("1.75"))
    assert (made.before, before.energy_kwh) == (before, Decimal("1.5"))
    assert made.after.span == before.span
    assert made.cause == BY_HAND


def test_an_adjusted_value_is_a_value() -> None:
    with pytest.raises(InputError, match="expected MISSING exactly where"):
        change(interval_in(VALID), ADJUSTED, None, BY_HAND)


@pytest.mark.parametrize(
    ("state", "flag"),
    [(RAW, "R"), (VALID, ""), (ESTIMATED, "E"), (ADJUSTED, "A"), (MISSING, "N"),
     (SUSPECT, "N")],
)  # fmt: skip
def test_every_state_has_its_cmep_flag_and_n_has_no_value(
    state: State, flag: str
) -> None:
    expected = None if flag == "N" else Decimal("1.5")

    assert cmep_triple(interval_in(state)) == (flag, expected)


@pytest.mark.parametrize(
    ("quality", "state"),
    [
        ("", RAW),
        ("Quality Good - Non Specific", RAW),
        ("No New Value - Previous Value Used", MISSING),
        ("Quality Bad - Non Specific", SUSPECT),
        ("Quality Bad - Device Failure", SUSPECT),
        ("quality good - non specific", SUSPECT),
        ("Quality Good", SUSPECT),
        ("?", SUSPECT),
    ],
)
def test_openadr_quality_is_good_missing_or_suspect(quality: str, state: State) -> None:
    assert state_of_openadr_quality(quality) == state
