"""A day's prices as steps: equal widths, both signs, what is marked, words escaped."""

from decimal import Decimal

import pytest
from lxml import etree

from ter_pipelines.formats.svg_steps import Step, step_picture
from ter_pipelines.vocab.units import plain

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*values: str) -> etree._Element:
    steps = [Step(f"{i}", Decimal(value), f"<{i}>") for i, value in enumerate(values)]
    svg = step_picture(steps, title="A & b", words=plain, description="1 < 2")
    return etree.fromstring(svg.encode())


def rects(picture: etree._Element, kind: str) -> list[dict[str, Decimal]]:
    return [
        {name: Decimal(r.get(name) or "") for name in ("x", "y", "width", "height")}
        for r in picture.iter(f"{SVG}rect")
        if r.get("class") == kind
    ]


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_every_hour_of_a_day_is_as_wide_as_any_other(hours: int) -> None:
    grounds = rects(drawn(*["0.1"] * hours), "ground")

    assert len(grounds) == hours
    assert len({ground["width"] for ground in grounds}) == 1
    assert grounds[0]["x"] + hours * grounds[0]["width"] == pytest.approx(
        Decimal(698), abs=Decimal("0.2")
    )


def test_prices_below_zero_hang_from_the_zero_line() -> None:
    above, below = rects(drawn("2", "-1"), "ground")

    zero = above["y"] + above["height"]
    assert below["y"] == zero
    assert above["height"] == 2 * below["height"]


def test_the_line_has_two_corners_for_every_hour() -> None:
    (line,) = drawn("1", "2", "3").iter(f"{SVG}polyline")

    corners = [point.split(",") for point in (line.get("points") or "").split()]
    assert len(corners) == 6
    assert [y for _, y in corners[::2]] == [y for _, y in corners[1::2]]


def test_the_hour_that_is_now_and_its_kind_are_marked() -> None:
    steps = [
        Step("", Decimal(1), "first"),
        Step("", Decimal(2), "second", kind="cheap", is_now=True),
    ]

    picture = etree.fromstring(step_picture(steps, title="t", words=plain).encode())

    kinds = [group.get("class") for group in picture.iter(f"{SVG}g")]
    assert kinds == [None, "cheap"]
    assert rects(picture, "now") == rects(picture, "ground")[1:]


def test_words_are_text_and_nothing_needs_a_style_of_its_own() -> None:
    picture = drawn("1")

    assert picture.findtext(f"{SVG}title") == "A & b"
    assert picture.findtext(f"{SVG}desc") == "1 < 2"
    assert picture.findtext(f"{SVG}g/{SVG}title") == "<0>"
    assert not [e for e in picture.iter() if e.get("style")]
