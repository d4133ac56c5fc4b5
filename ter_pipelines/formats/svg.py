"""Small pictures as SVG text, made without any library or script."""

import base64
from collections.abc import Sequence
from decimal import Decimal

_WIDTH, _HEIGHT, _MARGIN = 480, 120, 14
_ABOVE, _BELOW = "#3b7dd8", "#2f9e63"


def bar_chart(values: Sequence[Decimal], *, title: str, unit: str) -> str:
    """Draw one bar per value around a zero line; negative bars hang in green.

    Args:
        values: In order of time.
        title: Said to screen readers and shown on hover.
        unit: Of the highest and lowest value, which are written at the left.
    """
    high = max([*values, Decimal(0)])
    low = min([*values, Decimal(0)])
    span = (high - low) or Decimal(1)
    plot = _HEIGHT - 2 * _MARGIN
    step = Decimal(_WIDTH) / max(len(values), 1)
    zero_y = _MARGIN + high / span * plot
    bars = "".join(
        _bar(i * step, step, value * plot / span, zero_y)
        for i, value in enumerate(values)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img"><title>{_text(title)}</title>'
        f"{bars}"
        f'<line x1="0" x2="{_WIDTH}" y1="{zero_y:.1f}" y2="{zero_y:.1f}" '
        'stroke="#888"/>'
        f"{_label(high, unit, 10)}{_label(low, unit, _HEIGHT - 2) if low < 0 else ''}"
        "</svg>"
    )


def as_markdown(svg: str, alt: str) -> str:
    """Give a picture as markdown with a data URI."""
    data = base64.b64encode(svg.encode()).decode()
    return f"![{alt}](data:image/svg+xml;base64,{data})"


def _bar(x: Decimal, step: Decimal, height: Decimal, zero_y: Decimal) -> str:
    top = zero_y - height if height > 0 else zero_y
    colour = _ABOVE if height > 0 else _BELOW
    return (
        f'<rect x="{x + 1:.1f}" y="{top:.1f}" width="{max(step - 2, Decimal(1)):.1f}" '
        f'height="{abs(height):.1f}" fill="{colour}"/>'
    )


def _label(value: Decimal, unit: str, y: int) -> str:
    return (
        f'<text x="2" y="{y}" font-family="sans-serif" font-size="10" fill="#888">'
        f"{value.normalize():f} {_text(unit)}</text>"
    )


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
