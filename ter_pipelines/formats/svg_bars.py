"""Bars around a zero line, with a scale and a line if there is one, as SVG text.

Made to stand inside a page: colours come from the page's style, by class.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape

_WIDTH, _HEIGHT = 760, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 62, 14, 26
_STEPS = (1, 2, 5, 10)
_TICKS = 4
_NONE = Decimal(0)
Words = Callable[[Decimal], str]


@dataclass(frozen=True)
class Bar:
    """One bar, or two: one above the zero line and one below it.

    Args:
        label: What stands below it; empty for nothing.
        above: Not negative.
        below: Not positive.
        hint: Shown where a pointer rests, and read to who cannot see it.
    """

    label: str
    above: Decimal
    below: Decimal
    hint: str


@dataclass(frozen=True)
class Line:
    """A line over the bars, by a scale of its own at the right."""

    values: Sequence[Decimal | None]
    words: Words


@dataclass(frozen=True)
class _Scale:
    """Values to heights: whole steps from the lowest to the highest."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> list[Decimal]:
        count = int((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def y(self, value: Decimal) -> Decimal:
        share = (self.high - value) / (self.high - self.low)
        return _TOP + share * (_HEIGHT - _TOP - _BOTTOM)


def bar_picture(
    bars: Sequence[Bar], *, title: str, words: Words, line: Line | None = None
) -> str:
    """Draw bars, and a line over them.

    Args:
        bars: In order of time.
        title: Said to screen readers.
        words: What is written at a value of the scale.
        line: As many values as bars; None where it has none.
    """
    scale = _scale_of([v for bar in bars for v in (bar.above, bar.below)])
    step = Decimal(_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'class="bars" role="img"><title>{escape(title)}</title>',
        *_grid(scale, words),
        *(part for i, bar in enumerate(bars) for part in _bar(bar, i, step, scale)),
        _rule(scale.y(_NONE), "zero"),
        *(_over(line, step) if line else ()),
        "</svg>",
    ]
    return "".join(parts)


def _scale_of(values: Sequence[Decimal]) -> _Scale:
    """Choose whole steps that hold all values and zero."""
    high, low = max([*values, _NONE]), min([*values, _NONE])
    span = (high - low) or Decimal(1)
    power = Decimal(1).scaleb((span / _TICKS).adjusted())
    step = next(power * n for n in _STEPS if power * n * _TICKS >= span)
    return _Scale(
        (low / step).to_integral_value(ROUND_FLOOR) * step,
        max((high / step).to_integral_value(ROUND_CEILING) * step, step),
        step,
    )


def _grid(scale: _Scale, words: Words) -> Iterator[str]:
    for value in scale.ticks:
        y = scale.y(value)
        if value:
            yield _rule(y, "grid")
        yield _text(_LEFT - 8, y + 4, words(value), "end")


def _bar(bar: Bar, place: int, step: Decimal, scale: _Scale) -> Iterator[str]:
    x, width = _LEFT + place * step, step * Decimal("0.72")
    left = x + (step - width) / 2
    zero = scale.y(_NONE)
    yield f"<g><title>{escape(bar.hint)}</title>"
    yield (
        f'<rect class="touch" x="{x:.2f}" y="{_TOP}" width="{step:.2f}" '
        f'height="{_HEIGHT - _TOP - _BOTTOM}"/>'
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
        yield _text(x + step / 2, Decimal(_HEIGHT - 8), bar.label, "middle")


def _over(line: Line, step: Decimal) -> Iterator[str]:
    scale = _scale_of([value for value in line.values if value is not None])
    points = [
        f"{_LEFT + (i + Decimal('0.5')) * step:.2f},{scale.y(value):.2f}"
        for i, value in enumerate(line.values)
        if value is not None
    ]
    yield f'<polyline class="line" points="{" ".join(points)}"/>'
    for value in scale.ticks:
        yield _text(
            _WIDTH - _RIGHT + 8, scale.y(value) + 4, line.words(value), "start", "line"
        )


def _rule(y: Decimal, kind: str) -> str:
    return (
        f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.2f}" '
        f'y2="{y:.2f}"/>'
    )


def _text(x: Decimal | int, y: Decimal, text: str, anchor: str, kind: str = "") -> str:
    named = f' class="of-{kind}"' if kind else ""
    return (
        f'<text{named} x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )
