"""The rows of a market's price file: its columns by name, and which rows are read."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from ter_pipelines.formats.price_files.csv_profile import Names, PriceCsvProfile
from ter_pipelines.formats.price_files.lmp import require_location
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.strict_json import shown

MAX_CSV_BYTES = 64_000_000


@dataclass(frozen=True)
class Row:
    """A row of the file.

    Args:
        number: Of its line.
        cells: As they stand there.
        places: Of the columns that the profile names.
    """

    number: int
    cells: Sequence[str]
    places: Mapping[Names, int]

    def cell(self, column: Names) -> str:
        """Give the text of a column."""
        return self.cells[self.places[column]].strip()


def refusal(profile: PriceCsvProfile, number: int, reason: str) -> FormatError:
    """Make the error about a line."""
    return FormatError(f"{profile.name} file, line {number}: {reason}")


def rows_of_location(
    body: bytes, profile: PriceCsvProfile, location: str | None
) -> list[Row]:
    """Give the rows that the profile keeps, of one location.

    Raises:
        FormatError: Naming the line, if the file is not as the profile says, or the
            location is not there.
    """
    columns: list[Names] = [(name,) for name in profile.location_columns]
    if location is not None and not columns:
        reason = f"got location {shown(location)}, but the profile has no column of it"
        raise refusal(profile, 1, reason)
    number, found, chosen = 1, set(), []
    for row in _rows(body, profile):
        number = row.number
        names = [row.cell(column) for column in columns]
        found.update(names[:1])
        if location is None or location in names:
            chosen.append(row)
    try:
        if location is None or not chosen:
            require_location(found, location)
    except ValueError as error:
        raise refusal(profile, number, str(error)) from None
    if not chosen:
        raise refusal(profile, number, "got no row of prices")
    return chosen


def _rows(body: bytes, profile: PriceCsvProfile) -> Iterator[Row]:
    text = StringIO(_decoded(body, profile), newline="")
    reader = csv.reader(text, delimiter=profile.delimiter, strict=True)
    places: dict[Names, int] = {}
    width = 0
    try:
        for cells in islice(reader, profile.skip_lines, None):
            if not any(cells):
                continue
            if not places:
                places = _places(cells, profile, reader.line_num)
                width = len(cells)
                continue
            if len(cells) != width:
                reason = f"got {len(cells)} fields, expected {width}"
                raise refusal(profile, reader.line_num, reason)
            row = Row(reader.line_num, cells, places)
            if all(row.cell(each.column) in each.keeps for each in profile.filters):
                yield row
    except csv.Error as error:
        reason = f"is not CSV: {error}"
        raise refusal(profile, reader.line_num, reason) from None
    if not places:
        raise refusal(profile, reader.line_num, "got the end, expected a header")


def _decoded(body: bytes, profile: PriceCsvProfile) -> str:
    if len(body) > MAX_CSV_BYTES:
        reason = f"got more bytes than {MAX_CSV_BYTES}, expected no more"
        raise refusal(profile, 1, reason)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = body.count(b"\n", 0, error.start) + 1
        raise refusal(profile, number, "is not UTF-8") from None


def _places(
    header: Sequence[str], profile: PriceCsvProfile, number: int
) -> dict[Names, int]:
    names = [name.strip() for name in header]
    places = {}
    for column in _wanted(profile):
        found = [i for i, name in enumerate(names) if name in column]
        if len(found) != 1:
            spellings = " or ".join(shown(name) for name in column)
            reason = f"got {len(found)} columns {spellings}, expected one"
            raise refusal(profile, number, reason)
        places[column] = found[0]
    return places


def _wanted(profile: PriceCsvProfile) -> list[Names]:
    time = profile.time
    columns = [profile.price_column, time.column, time.hour_column, time.flag_column]
    columns += [part.column for part in profile.parts]
    columns += [each.column for each in profile.filters]
    columns += [(name,) for name in profile.location_columns]
    return [column for column in columns if column]
