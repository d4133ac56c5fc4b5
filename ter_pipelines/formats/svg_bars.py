"""Bars around a zero line, with a scale and a line if there is one, as SVG text.

Made to stand inside a page: colours come from the page's style, by class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from ter_pipelines.formats.svg_axes import (
    BOTTOM,
    EDGE,
    HEIGHT,
    LEFT,
    NONE,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    Words,
    grid,
    opening,
    rule,
    scale_of,
    text,
)


@dataclass(frozen=True)
class Bar:
    """One bar, or two: one above the zero line and one below it.

    Args:
        label: What stands below it; empty for nothing.
        above: Not negative.
        below: Not positive.
        hint: Shown where a pointer rests, and read to who cannot see it.
        kind: Class that the page's style knows, such as `missing`; empty for none.
    """

    label: str
    above: Decimal
    below: Decimal
    hint: str
    kind: str = ""


@dataclass(frozen=True)
class Line:
    """A line over the bars, by a scale of its own at the right."""

    values: Sequence[Decimal | None]
    words: Words


def bar_picture(
    bars: Sequence[Bar],
    *,
    title: str,
    words: Words,
    line: Line | None = None,
    description: str = "",
) -> str:
    """Draw bars, and a line over them.

    Args:
        bars: In order of time.
        title: Said to screen readers.
        words: What is written at a value of the scale.
        line: As many values as bars; None where it has none.
        description: The figures, for who cannot see them.
    """
    scale = scale_of(v for bar in bars for v in (bar.above, bar.below))
    step = Decimal(WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    parts = [
        opening(
            "bars", title, description, width=WIDTH if line else WIDTH - RIGHT + EDGE
        ),
        *grid(scale, words),
        *(part for i, bar in enumerate(bars) for part in _bar(bar, i, step, scale)),
        rule(scale.y(NONE), "zero"),
        *(_over(line, step) if line else ()),
        "</svg>",
    ]
    return "".join(parts)


def _bar(bar: Bar, place: int, step: Decimal, scale: Scale) -> Iterator[str]:
    x, width = LEFT + place * step, step * Decimal("0.72")
    left = x + (step - width) / 2
    zero = scale.y(NONE)
    named = f' class="{bar.kind}"' if bar.kind else ""
    yield f"<g{named}><title>{escape(bar.hint)}</title>"
    yield (
        f'<rect class="touch" x="{x:.2f}" y="{TOP}" width="{step:.2f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>'
    )
    for kind, top, bottom in (
        ("above", scale.y(bar.above), zero),
        ("below", zero, scale.y(bar.below)),
    ):
        if bottom > top:
            yield (
                f'<rect class="{kind}" x="{left:.2f}" y="{top:.2f}" rx="1.5" '
                f'width="{width:.2f}" height="{bottom - top:.2f}"/>'
            )
    yield "</g>"
    if bar.label:
        yield text(x + step / 2, Decimal(HEIGHT - 8), bar.label, "middle")


def _over(line: Line, step: Decimal) -> Iterator[str]:
    scale = scale_of(value for value in line.values if value is not None)
    points = [
        f"{LEFT + (i + Decimal('0.5')) * step:.2f},{scale.y(value):.2f}"
        for i, value in enumerate(line.values)
        if value is not None
    ]
    yield f'<polyline class="line" points="{" ".join(points)}"/>'
    for value in scale.ticks:
        yield text(
            WIDTH - RIGHT + 8, scale.y(value) + 4, line.words(value), "start", "line"
        )
