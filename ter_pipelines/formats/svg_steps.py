"""Prices of a day as steps from hour to hour, as SVG text.

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
class Step:
    """One hour of a day.

    Args:
        label: What stands below its beginning; empty for nothing.
        value: How high it is.
        hint: Shown where a pointer rests, and read to who cannot see it.
        kind: Class that the page's style knows, such as `cheap`; empty for none.
        is_now: Whether it is marked.
    """

    label: str
    value: Decimal
    hint: str
    kind: str = ""
    is_now: bool = False


def step_picture(
    steps: Sequence[Step], *, title: str, words: Words, description: str = ""
) -> str:
    """Draw steps of equal width, and the ground below them.

    Args:
        steps: In order of time; at least one.
        title: Said to screen readers.
        words: What is written at a value of the scale.
        description: The figures, for who cannot see them.
    """
    scale = scale_of(step.value for step in steps)
    width = Decimal(WIDTH - LEFT - RIGHT) / len(steps)
    parts = [
        opening("steps", title, description, width=WIDTH - RIGHT + EDGE),
        *grid(scale, words),
        *(part for i, one in enumerate(steps) for part in _step(one, i, width, scale)),
        rule(scale.y(NONE), "zero"),
        _edge(steps, width, scale),
        "</svg>",
    ]
    return "".join(parts)


def _step(step: Step, place: int, width: Decimal, scale: Scale) -> Iterator[str]:
    x, y, zero = LEFT + place * width, scale.y(step.value), scale.y(NONE)
    top, height = min(y, zero), abs(zero - y)
    named = f' class="{step.kind}"' if step.kind else ""
    yield f"<g{named}><title>{escape(step.hint)}</title>"
    yield (
        f'<rect class="touch" x="{x:.2f}" y="{TOP}" width="{width:.2f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/>'
        f'<rect class="ground" x="{x:.2f}" y="{top:.2f}" width="{width:.2f}" '
        f'height="{height:.2f}"/>'
    )
    if step.is_now:
        yield (
            f'<rect class="now" x="{x:.2f}" y="{top:.2f}" width="{width:.2f}" '
            f'height="{height:.2f}"/>'
        )
    yield "</g>"
    if step.label:
        yield text(x, Decimal(HEIGHT - 8), step.label, "middle")


def _edge(steps: Sequence[Step], width: Decimal, scale: Scale) -> str:
    """Draw the line along the top of all steps."""
    corners = [
        f"{LEFT + at * width:.2f},{scale.y(step.value):.2f}"
        for place, step in enumerate(steps)
        for at in (place, place + 1)
    ]
    return f'<polyline class="line" points="{" ".join(corners)}"/>'
