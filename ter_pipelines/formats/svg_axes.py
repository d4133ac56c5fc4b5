"""What pictures with a scale share: whole steps, grid lines, words, as SVG text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape

WIDTH, HEIGHT = 760, 230
LEFT, RIGHT, TOP, BOTTOM = 62, 62, 14, 30
EDGE = 4  # beside the lines where nothing stands at their right
NONE = Decimal(0)
_STEPS = (1, 2, 5, 10)
_TICKS = 4
Words = Callable[[Decimal], str]


@dataclass(frozen=True)
class Scale:
    """Values to heights: whole steps from the lowest to the highest."""

    low: Decimal
    high: Decimal
    step: Decimal

    @property
    def ticks(self) -> list[Decimal]:
        """Give the values that lines are drawn at."""
        count = int((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def y(self, value: Decimal) -> Decimal:
        """Give the height of a value, from the top."""
        share = (self.high - value) / (self.high - self.low)
        return TOP + share * (HEIGHT - TOP - BOTTOM)


def scale_of(values: Iterable[Decimal]) -> Scale:
    """Choose whole steps that hold all values and zero.

    >>> [int(tick) for tick in scale_of([Decimal(-7), Decimal(33)]).ticks]
    [-10, 0, 10, 20, 30, 40]
    """
    held = [*values, NONE]
    high, low = max(held), min(held)
    span = (high - low) or Decimal(1)
    power = Decimal(1).scaleb((span / _TICKS).adjusted())
    step = next(power * n for n in _STEPS if power * n * _TICKS >= span)
    return Scale(
        (low / step).to_integral_value(ROUND_FLOOR) * step,
        max((high / step).to_integral_value(ROUND_CEILING) * step, step),
        step,
    )


def opening(kind: str, title: str, description: str = "", *, width: int = WIDTH) -> str:
    """Open a picture that is as wide as the page lets it be.

    Args:
        kind: Class that the page's style knows.
        title: Said to screen readers.
        description: The figures, for who cannot see them.
        width: Less where nothing stands at the right of the lines.
    """
    said = f"<desc>{escape(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
        f'class="{kind}" role="img"><title>{escape(title)}</title>{said}'
    )


def grid(scale: Scale, words: Words) -> Iterator[str]:
    """Draw a line at every step but zero, and say the step at the left."""
    for value in scale.ticks:
        y = scale.y(value)
        if value:
            yield rule(y, "grid")
        yield text(LEFT - 8, y + 4, words(value), "end")


def rule(y: Decimal, kind: str) -> str:
    """Draw a line from left to right."""
    return (
        f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.2f}" '
        f'y2="{y:.2f}"/>'
    )


def text(x: Decimal | int, y: Decimal, words: str, anchor: str, kind: str = "") -> str:
    """Write words at a place."""
    named = f' class="of-{kind}"' if kind else ""
    return (
        f'<text{named} x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )
