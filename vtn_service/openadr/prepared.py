"""Messages that are written once with gaps, and then only filled in.

A template of the library is rendered with a mark in place of each text that differs
from message to message. The mark is random, so nothing that anybody sends contains it.
What is filled in is escaped as the template would have escaped it.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup

from vtn_service.openadr.library import render, verbatim

INNER = "inner"
_MARK = secrets.token_hex(16)
_GAP = object()
_Shape = tuple[tuple[str, object], ...]


class Outline:
    """A text with gaps, each with a name."""

    def __init__(self, marked: str) -> None:
        """Take a text apart at its marks."""
        self._parts = marked.split(_MARK)
        self._names = self._parts[1::2]
        self.characters = len(marked)

    def fill(self, texts: Mapping[str, object]) -> Markup:
        """Give the text with every gap filled in."""
        parts = self._parts.copy()
        parts[1::2] = [verbatim(texts[name]) for name in self._names]
        return Markup("".join(parts))  # noqa: S704 - each text was escaped


class Outlines:
    """The outlines that were used last, as many as fit."""

    def __init__(self, most_characters: int) -> None:
        """Start with none."""
        self._most = most_characters
        self._characters = 0
        self._kept: OrderedDict[str, Outline] = OrderedDict()

    def find(self, key: str) -> Outline | None:
        """Give an outline if it is kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: str, outline: Outline) -> Outline:
        """Keep an outline, and forget those that were not used for longest."""
        if key not in self._kept:
            self._kept[key] = outline
            self._characters += outline.characters
            while self._characters > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._characters -= oldest.characters
        return outline


def gap(name: str) -> str:
    """Give the mark of a gap, to be rendered in its place."""
    return f"{_MARK}{name}{_MARK}"


def write(kind: str, payload: Mapping[str, object], inner: str = "") -> bytes:
    """Write a message as XML, from its outline where it has one.

    Args:
        kind: Such as `oadrResponse`.
        payload: As `library.render` takes it. A message that has lists or durations
            in it has no outline; it is rendered each time.
        inner: XML that is to be the message's last part.

    Raises:
        ValueError: If XML is to go into a message that has no outline.
    """
    texts: dict[str, object] = {INNER: Markup(inner)}  # noqa: S704 - it is XML
    shape = _shape_of(payload, texts)
    if shape is not None:
        return _outline_of(kind, shape).fill(texts).encode()
    if inner:
        raise ValueError(f"{kind}: got lists beside XML, expected texts and numbers")
    return render(kind, dict(payload))


def _shape_of(
    payload: Mapping[str, object], texts: dict[str, object], path: str = ""
) -> _Shape | None:
    """Tell what is where in a payload, and gather its texts; None if more is in it.

    What is empty belongs to the shape: templates leave out what is not there.
    """
    shape: list[tuple[str, object]] = []
    for name, value in payload.items():
        part: object = value
        if isinstance(value, dict):
            part = _shape_of(value, texts, f"{path}{name}.")
            if part is None:
                return None
        elif value == []:
            part = ()
        elif (value and isinstance(value, str)) or type(value) is int:
            texts[path + name] = value
            part = _GAP
        elif not (value is None or value == "" or isinstance(value, bool)):
            return None
        shape.append((name, part))
    return tuple(shape)


@lru_cache(maxsize=256)
def _outline_of(kind: str, shape: _Shape) -> Outline:
    marked = render(kind, _marked(shape)).decode()
    end = f"</oadr:{kind}>"
    return Outline(marked.replace(end, gap(INNER) + end))


def _marked(shape: _Shape, path: str = "") -> dict[str, object]:
    payload: dict[str, object] = {}
    for name, part in shape:
        if part is _GAP:
            payload[name] = gap(path + name)
        elif isinstance(part, tuple) and part:
            payload[name] = _marked(part, f"{path}{name}.")
        else:
            payload[name] = part
    return payload
