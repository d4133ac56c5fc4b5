"""Bars around a zero line: whole steps, both signs, a line over them, words escaped."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ter_pipelines.formats.svg_bars import Bar, Line, bar_picture
from ter_pipelines.vocab.units import plain

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*values: str, line: list[str | None] | None = None) -> etree._Element:
    bars = [
        Bar(
            f"{i}",
            max(Decimal(value), Decimal(0)),
            min(Decimal(value), Decimal(0)),
            f"<{i}>",
        )
        for i, value in enumerate(values)
    ]
    over = None
    if line is not None:
        over = Line([None if v is None else Decimal(v) for v in line], plain)
    svg = bar_picture(bars, title="Days & cost", words=plain, line=over)
    return etree.fromstring(svg.encode())


def texts(picture: etree._Element) -> list[str]:
    return [str(text.text) for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (["1"], ["0", "0.5", "1"]),
        (["7", "-3"], ["-5", "0", "5", "10"]),
        (["0.02"], ["0", "0.005", "0.01", "0.015", "0.02"]),
        (["0"], ["0", "0.5"]),
        (["-1"], ["-1", "-0.5", "0", "0.5"]),
    ],
)
def test_the_scale_has_whole_steps_that_hold_every_value(
    values: list[str], scale: list[str]
) -> None:
    picture = drawn(*values)

    assert texts(picture)[: len(scale)] == scale


def test_positive_bars_stand_on_the_zero_line_and_negative_ones_hang_from_it() -> None:
    picture = drawn("2", "-1")
    (zero,) = [li for li in picture.iter(f"{SVG}line") if li.get("class") == "zero"]
    bars = {r.get("class"): r for r in picture.iter(f"{SVG}rect")}

    above, below = bars["above"], bars["below"]
    bottom = Decimal(str(above.get("y"))) + Decimal(str(above.get("height")))
    assert abs(bottom - Decimal(str(zero.get("y1")))) <= Decimal("0.01")
    assert below.get("y") == zero.get("y1")


def test_a_line_leaves_out_what_it_does_not_know() -> None:
    picture = drawn("1", "1", "1", line=["0.1", None, "0.3"])

    (line,) = picture.iter(f"{SVG}polyline")
    assert len(str(line.get("points")).split()) == 2


def test_words_are_escaped() -> None:
    picture = drawn("1")

    titles = [str(title.text) for title in picture.iter(f"{SVG}title")]
    assert titles == ["Days & cost", "<0>"]


@given(st.lists(st.decimals(-(10**6), 10**6, places=5), max_size=40))
def test_any_values_can_be_drawn(values: list[Decimal]) -> None:
    picture = drawn(*map(str, values))

    for rect in picture.iter(f"{SVG}rect"):
        assert 0 <= Decimal(str(rect.get("y"))) <= 230
        assert Decimal(str(rect.get("height"))) >= 0
