"""What a person decides is kept as strict JSON, and shared out to the last digit."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.vee.edits import Edit, newest_of, read_edit
from ter_pipelines.metering.vee.series import Interval
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.errors import FieldError, FormatError
from tests.metering.reported import RECEIVED, at
from tests.metering.vee_days import edit

DEVICE = ("ven-1", "0012")
RERUN = Edit(
    action="rerun",
    span=Span(at(0), at(48)),
    reason="limits changed",
    made_by="anna",
    made_at=RECEIVED,
)


@pytest.mark.parametrize(
    "kept",
    [edit("edit", 7, 9, "1.5"), edit("accept", 0, 1), edit("reject", 0, 1), RERUN],
)
def test_an_edit_reads_back_as_it_was(kept: Edit) -> None:
    assert read_edit(kept.to_json(), subject="submission 7") == kept


@given(
    cuts=st.lists(st.integers(1, 359), unique=True, max_size=12),
    units=st.integers(-(10**9), 10**9),
)
def test_shares_add_up_to_the_energy_however_the_time_is_cut(
    cuts: list[int], units: int
) -> None:
    energy_kwh = Decimal(units).scaleb(-6)
    whole = edit("edit", 0, 0.1, str(energy_kwh))
    ends = [0, *sorted(cuts), 360]

    shares = [
        whole.share_of(
            Interval(at(0) + timedelta(seconds=begin), end - begin, Decimal(0))
        )
        for begin, end in pairwise(ends)
    ]

    assert sum(shares) == energy_kwh


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"energy_kwh": None}, "energy_kwh"),
        ({"energy_kwh": Decimal("0.0000001")}, "energy_kwh"),
        ({"energy_kwh": Decimal(10**9)}, "energy_kwh"),
        ({"energy_kwh": Decimal(-1), "direction": "received"}, "energy_kwh"),
        ({"direction": "sideways"}, "direction"),
        ({"device_id": ""}, "device_id"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"made_by": ""}, "made_by"),
        ({"span": Span(at(2), at(2))}, "begins_at, ends_at"),
        (
            {"span": Span(at(0), at(24 * 400) + timedelta(seconds=1))},
            "begins_at, ends_at",
        ),
        (
            {"span": Span(at(0), at(1) + timedelta(microseconds=1))},
            "begins_at, ends_at",
        ),
    ],
)
def test_an_edit_that_contradicts_itself_names_the_field(
    wrong: dict[str, object], field: str
) -> None:
    given_edit = edit("edit", 7, 9, "1.5")

    with pytest.raises(FieldError) as refused:
        replace(given_edit, **wrong)  # type: ignore[arg-type]

    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("kwh", ["0", "999999999.999999", "-999999999.999999"])
def test_energy_on_its_limits_is_kept(kwh: str) -> None:
    assert edit("edit", 7, 9, kwh).energy_kwh == Decimal(kwh)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "delete"}, "action"),
        ({"energy_kwh": 1.5}, "energy_kwh"),
        ({"energy_kwh": "1,5"}, "begins_at, ends_at, made_at, energy_kwh"),
        (
            {"begins_at": "2025-11-03T05:00:00"},
            "begins_at, ends_at, made_at, energy_kwh",
        ),
        ({"made_at": "yesterday"}, "begins_at, ends_at, made_at, energy_kwh"),
        ({"colour": "red"}, "colour"),
        ({"reason": None}, "reason"),
    ],
)
def test_json_that_is_no_edit_names_the_field(
    change: dict[str, object], field: str
) -> None:
    body = json.loads(edit("edit", 7, 9, "1.5").to_json()) | change

    with pytest.raises(FieldError) as refused:
        read_edit(json.dumps(body).encode(), subject="submission 7")

    assert field in refused.value.fields


def test_a_missing_field_and_bytes_that_are_no_json_are_refused() -> None:
    body = json.loads(RERUN.to_json())
    del body["made_by"]

    with pytest.raises(FieldError, match="made_by: is missing"):
        read_edit(json.dumps(body).encode(), subject="submission 7")
    with pytest.raises(FormatError):
        read_edit(b"{", subject="submission 7")
    with pytest.raises(FieldError, match="submission 7: body: got a list"):
        read_edit(b"[]", subject="submission 7")


def test_the_newest_edit_that_holds_the_whole_interval_is_the_one() -> None:
    first, second = edit("reject", 0, 4), edit("accept", 2, 3)
    edits = [first, second, RERUN]

    def holding(hours: float, seconds: int = 3600) -> Edit | None:
        span = Span(at(hours), at(hours) + timedelta(seconds=seconds))
        return newest_of(edits, DEVICE, "net", span)

    assert [holding(h) for h in (0, 2, 3, 4)] == [first, second, first, None]
    assert holding(2, 3601) == first
    assert holding(3.5) is None
