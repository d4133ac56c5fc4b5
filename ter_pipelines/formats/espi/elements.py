"""Single ESPI elements as text, numbers and amounts; what is not there is None."""

from decimal import Decimal
from typing import cast

from lxml import etree

from ter_pipelines.formats.espi.numbers import money, whole
from ter_pipelines.formats.espi.stream import ESPI
from ter_pipelines.vocab.units import parse_decimal


def text_of(element: etree._Element, path: str) -> str:
    """Give the text of an ESPI element below another, without white space around."""
    names = "/".join(f"{ESPI}{name}" for name in path.split("/"))
    return (element.findtext(names) or "").strip()


def whole_of(element: etree._Element, path: str) -> int | None:
    """Give the whole number of an ESPI element below another; None where it is not.

    Raises:
        ValueError: If it is there and no whole number.
    """
    text = text_of(element, path)
    if not text:
        return None
    try:
        return whole(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def decimal_of(element: etree._Element, path: str) -> Decimal | None:
    """Give the number of an ESPI element below another, likewise."""
    text = text_of(element, path)
    try:
        return parse_decimal(text) if text else None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def money_of(element: etree._Element, path: str) -> Decimal | None:
    """Give an amount in hundred-thousandths, in the currency, likewise."""
    text = text_of(element, path)
    try:
        return money(text) if text else None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def period_of(element: etree._Element, path: str) -> tuple[int, int] | None:
    """Give start and duration, seconds, of an ESPI interval, likewise."""
    start = whole_of(element, f"{path}/start")
    duration = whole_of(element, f"{path}/duration")
    return None if start is None or duration is None else (start, duration)


def line_of(element: etree._Element) -> int:
    """Give the line of a file on which an element starts."""
    return cast("int | None", element.sourceline) or 0
