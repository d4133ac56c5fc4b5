"""A heat map as SVG text: rows of things, columns of time, a colour and letter each."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

_LABEL, _CELL, _ROW, _TOP, _LETTERS = 190, 18, 16, 34, 32
_TEXT = 'font-family="sans-serif" font-size="10"'
_GREY = "#888"


@dataclass(frozen=True)
class Shade:
    """A kind of cell: its colour, its letter, and what the legend says of it."""

    colour: str
    letter: str
    meaning: str


def heat_map(
    rows: Sequence[tuple[str, Sequence[Shade | None]]],
    columns: Sequence[str],
    shades: Sequence[Shade],
    *,
    title: str,
    remark: str = "",
) -> str:
    """Draw a row of cells for each thing.

    Cells that are alike and side by side are drawn as one, so that a picture of many
    things stays small.

    Args:
        rows: Label and cells; None is an empty place.
        columns: What stands above each cell.
        shades: For the legend, in its order.
        title: Said to screen readers and shown above.
        remark: Said below, such as what is not in the picture.
    """
    legend = _legend(shades)
    legend_width = sum(_legend_width(shade) for shade in shades)
    width = max(_LABEL + len(columns) * _CELL, _LABEL + legend_width) + 8
    height = _TOP + len(rows) * _ROW + 2 * _ROW + 8
    body = "".join(
        _row(label, cells, _TOP + i * _ROW) for i, (label, cells) in enumerate(rows)
    )
    bottom = _TOP + len(rows) * _ROW + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>"
        f"{_text(2, 12, title)}{_heads(columns)}{body}"
        f'<g transform="translate({_LABEL} {bottom - 8})">{legend}</g>'
        f"{_text(2, bottom + _ROW, remark) if remark else ''}"
        "</svg>"
    )


def _heads(columns: Sequence[str]) -> str:
    """Write the columns' names where there is room for them."""
    widest = max((len(name) for name in columns), default=1)
    every = -(-(widest * 6 + 4) // _CELL)
    return "".join(
        _text(_LABEL + i * _CELL + 2, _TOP - 6, name)
        for i, name in enumerate(columns)
        if i % every == 0
    )


def _row(label: str, cells: Sequence[Shade | None], y: int) -> str:
    shown = label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"
    parts = [_text(2, y + 11, shown)]
    place = 0
    for shade, alike in groupby(cells):
        count = len(list(alike))
        if shade is not None:
            parts.append(_bar(shade, _LABEL + place * _CELL, y, count * _CELL))
        place += count
    return "".join(parts)


def _bar(shade: Shade, x: int, y: int, width: int) -> str:
    drawn = (
        f'<rect x="{x}" y="{y}" width="{width - 1}" height="{_ROW - 2}" '
        f'fill="{shade.colour}"/>'
    )
    if not shade.letter:
        return drawn
    middle = x + width // 2
    return drawn + (
        f'<text x="{middle}" y="{y + 11}" {_TEXT} fill="#fff" text-anchor="middle">'
        f"{escape(shade.letter)}</text>"
    )


def _legend(shades: Sequence[Shade]) -> str:
    parts = []
    x = 0
    for shade in shades:
        parts.append(_bar(shade, x, 0, _CELL))
        parts.append(_text(x + _CELL + 3, 11, shade.meaning))
        x += _legend_width(shade)
    return "".join(parts)


def _legend_width(shade: Shade) -> int:
    return _CELL + 14 + 6 * len(shade.meaning)


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}" {_TEXT} fill="{_GREY}">{escape(text)}</text>'
