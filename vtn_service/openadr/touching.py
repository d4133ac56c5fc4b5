"""Which stretches of time a report's values touch, so that their days are looked at.

A device may claim any time and any duration. What is kept of that is bounded here, in
years, in length and in number, so that whoever looks at those days can.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from vtn_service.contract import MAX_SPANS, ReportColumns, TouchedSpan
from vtn_service.openadr.instants import iso_utc, parse_duration, parse_instant

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
FIRST_YEAR = 1900
LAST_YEAR = 2199
_Span = tuple[datetime, datetime]


def touched_spans(columns: ReportColumns, received: datetime) -> list[TouchedSpan]:
    """Give the half-open stretches the values touch, in whole seconds and in order.

    Without one usable time that is the second of receipt. Of more than `MAX_SPANS`
    stretches the nearest neighbours are joined.
    """
    second = received.replace(microsecond=0)
    spans = _merged(sorted(_spans_of(columns))) or [(second, second + SECOND)]
    if len(spans) > MAX_SPANS:
        spans = _nearest_joined(spans)
    return [TouchedSpan(iso_utc(start), iso_utc(end)) for start, end in spans]


def _spans_of(columns: ReportColumns) -> Iterator[_Span]:
    """Give each span once, in the order told, which is mostly that of time."""
    lengths = {text: _bounded(text) for text in set(columns.duration_text)}
    times = zip(columns.start_text, columns.duration_text, strict=True)
    for start_text, duration_text in dict.fromkeys(times):
        start = parse_instant(start_text)
        if start is None or not FIRST_YEAR <= start.year <= LAST_YEAR:
            continue
        end = start + lengths[duration_text]
        if start.microsecond:
            start = start.replace(microsecond=0)
        if end.microsecond:
            end = end.replace(microsecond=0) + SECOND
        yield start, end


def _bounded(duration_text: str) -> timedelta:
    return min(max(parse_duration(duration_text) or SECOND, SECOND), DAY)


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _nearest_joined(spans: Sequence[_Span]) -> list[_Span]:
    by_gap = sorted(range(1, len(spans)), key=lambda i: spans[i][0] - spans[i - 1][1])
    cuts = sorted(by_gap[1 - MAX_SPANS :])
    edges = pairwise([0, *cuts, len(spans)])
    return [(spans[first][0], spans[after - 1][1]) for first, after in edges]
