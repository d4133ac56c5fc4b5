"""Meters to the bytes of a CMEP file, as a partner's profile says.

ASCII, CR LF, end stamps, plain digits. What does not fit is refused by name
(`find_unsendable`); nothing is cut. A meter is written day by day: `KWH`, `GKWH`, then
its registers, each on as many lines as it needs.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import polars as pl

from ter_pipelines.formats.cmep.crc import crc16_arc
from ter_pipelines.formats.cmep.hours import (
    DIRECTIONS,
    KWH,
    Days,
    Meters,
    hours_of,
    registers_of,
)
from ter_pipelines.formats.cmep.lines import (
    HOURLY,
    Part,
    Sheet,
    alike,
    lines_of,
    stamp_of,
)
from ter_pipelines.formats.cmep.records import (
    COMMODITY,
    MAX_NUMBER,
    RECORD_TYPE,
    RECORD_VERSION,
)
from ter_pipelines.vocab.cmep_out import (
    CRC16_ARC,
    NONE,
    OPENING_AND_CLOSING,
    ORDER,
    CmepOut,
)
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.units import ENERGY_PLACES

LONGEST_METER_ID = 12
LONGEST_COMPANY_ID = 16
LARGEST_JOB_NUMBER = 9_999_999

_ID = r"[!#-&(-+\--~]+"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_COUNT_DIGITS = 5
_TOO_LARGE = 10 ** (MAX_NUMBER - 1 - ENERGY_PLACES)
_TAIL = ",H0000\r\n"
_LINE_END = "\r\n"


@dataclass(frozen=True)
class Message:
    """What stands on every line of a file.

    Args:
        sender_id: At most 16 characters.
        receiver_id: At most 16 characters.
        purpose: `OK`, or `RESEND` for what was sent before.
        made_at_utc: When the file is made.
    """

    sender_id: str
    receiver_id: str
    purpose: str
    made_at_utc: datetime


def find_unsendable(meters: Meters, days: Days, profile: CmepOut) -> dict[str, str]:
    """Find the meters that cannot stand in a file, each with the reason."""
    found: dict[str, str] = {}
    ids = pl.col("meter_id")
    is_plain = ids.str.contains(f"^{_ID}$") & (ids.str.len_bytes() <= LONGEST_METER_ID)
    for (meter_id,) in meters.openings.select("meter_id").filter(~is_plain).rows():
        found[meter_id] = _why_no_id(f"meter {meter_id[:40]!r}", meter_id)
    if _is_plain(meters, profile):
        return found
    for frame, units, suffix, _ in _parts(meters, days, profile):
        for row in _misfits(frame, units, profile).rows(named=True):
            why = _why_misfit(row, f"{units}{suffix}", profile)
            found.setdefault(row["meter_id"], why)
    return found


def write_batch(
    meters: Meters, days: Days, message: Message, profile: CmepOut
) -> bytes:
    """Write meters that `find_unsendable` has nothing against.

    Raises:
        InputError: If an id of the file cannot be sent, no reading fits on a line, or
            a local time would stand twice and the profile refuses that.
    """
    refuse_repeated_hours(days, profile)
    sheet = _sheet(message, profile)
    parts = list(_parts(meters, days, profile))
    numbered = meters.openings.select("meter_id").with_row_index("meter")
    groups = alike(parts[0][0], numbered, days.hours)
    lines = [
        lines_of(
            frame if few is numbered else _of(frame, few),
            few,
            Part(f"{units}{suffix}", units, i, interval),
            sheet,
        )
        for few in groups
        for i, (frame, units, suffix, interval) in enumerate(parts)
    ]
    if not lines:
        return b""
    ordered = pl.concat(lines).sort("meter", "day", "part", "line")
    return _to_bytes(ordered["text"], profile)


def file_name(profile: CmepOut, message: Message, job_number: int) -> str:
    """Give the name the partner knows a file by; date and time are UTC.

    Raises:
        InputError: If that has other than letters, digits, `.`, `_` and `-`, or the
            job number has over seven digits.

    >>> made_at = datetime(2022, 3, 15, 14, 15, tzinfo=UTC)
    >>> file_name(CmepOut(), Message("NHEC", "NISCMDM", "OK", made_at), 0)
    'NHEC_MEPMD01V1_20220315_1415_0000000.dat'
    """
    if not 0 <= job_number <= LARGEST_JOB_NUMBER:
        raise InputError(
            f"CMEP file: got job number {job_number}, "
            f"expected 0 to {LARGEST_JOB_NUMBER}"
        )
    made_at = message.made_at_utc.astimezone(UTC)
    name = profile.file_name.format(
        sender=message.sender_id,
        receiver=message.receiver_id,
        date=f"{made_at:%Y%m%d}",
        time=f"{made_at:%H%M}",
        job=f"{job_number:07d}",
    )
    if not _NAME.fullmatch(name):
        raise InputError(
            f"CMEP file: got the name {name!r}, expected letters, digits, '.', '_', '-'"
        )
    return name


def refuse_repeated_hours(days: Days, profile: CmepOut) -> None:
    """Let no local time stand twice in a file, where the profile says so.

    Raises:
        InputError: Naming the first such time.
    """
    if profile.zone is None or profile.repeated_hour == ORDER:
        return
    stamps = [stamp_of(end, profile) for end in days.frame()["end_utc"]]
    for stamp, following in pairwise(stamps):
        if stamp >= following:
            raise InputError(
                f"CMEP file: got the local time {stamp} of {profile.zone} twice; set "
                'repeated_hour = "order" in [cmep_out] to send both, or leave out zone '
                "to send UTC"
            )


def _parts(
    meters: Meters, days: Days, profile: CmepOut
) -> Iterator[tuple[pl.DataFrame, str, str, str]]:
    """Give what is said in each unit: readings, direction, suffix, interval."""
    hours = hours_of(meters, days, profile)
    for units in DIRECTIONS:
        yield hours, units, "", HOURLY
    if profile.registers == NONE:
        return
    has_opening = profile.registers == OPENING_AND_CLOSING
    registers = registers_of(
        hours, meters, profile.flags.adjusted, has_opening=has_opening
    )
    for units in DIRECTIONS:
        yield registers, units, "REG", ""


def _of(frame: pl.DataFrame, few: pl.DataFrame) -> pl.DataFrame:
    return frame.join(few, on="meter", how="semi", maintain_order="left")


def _sheet(message: Message, profile: CmepOut) -> Sheet:
    for name, text in (
        ("sender id", message.sender_id),
        ("receiver id", message.receiver_id),
    ):
        if not re.fullmatch(_ID, text) or len(text) > LONGEST_COMPANY_ID:
            raise InputError(_why_no_id(f"{name} {text[:40]!r}", text, "16"))
    made_at = stamp_of(message.made_at_utc, profile)
    ids = (
        message.sender_id, profile.sender_customer_id,
        message.receiver_id, profile.receiver_customer_id,
    )  # fmt: skip
    start = f"{RECORD_TYPE},{RECORD_VERSION},{','.join(ids)},{made_at},"
    rest = f",{message.purpose},{COMMODITY},{DIRECTIONS[1]}REG,1,{HOURLY},"
    longest = len(start) + LONGEST_METER_ID + len(rest) + _COUNT_DIGITS + len(_TAIL)
    flags = profile.flags
    letters = (flags.valid, flags.adjusted, flags.estimated, flags.raw, flags.missing)
    widest = len(",CCYYMMDDHHMM,,") + max(map(len, letters)) + MAX_NUMBER
    fit = min(profile.max_triples, (profile.max_line - longest) // widest)
    if fit < 1:
        raise InputError(
            f"CMEP file: one reading may need a line of {longest + widest} characters, "
            f"got max_line = {profile.max_line} in [cmep_out]"
        )
    return Sheet(start, message.purpose, fit, profile)


def _to_bytes(lines: pl.Series, profile: CmepOut) -> bytes:
    if profile.trailing_crc == CRC16_ARC:
        summed = ((line, crc16_arc(f"{line},".encode())) for line in lines)
        text = "".join(f"{line},H{crc:04X}{_LINE_END}" for line, crc in summed)
        return text.encode("ascii")
    body = io.BytesIO()
    ending = _LINE_END if profile.trailing_crc == NONE else f",{_LINE_END}"
    lines.to_frame().write_csv(
        body, include_header=False, quote_style="never", line_terminator=ending
    )
    return body.getvalue()


def _is_plain(meters: Meters, profile: CmepOut) -> bool:
    """Tell whether no value can be a misfit: not even all of them in one register."""
    places = pl.Decimal(38, profile.most_decimals)
    for column in ("import_kwh", "export_kwh"):
        energy = meters.hours[column].cast(KWH)
        opening = meters.openings[column].cast(KWH)
        for values in (energy, opening):
            rounded = values.cast(places).cast(KWH)
            if (values < 0).any() or (rounded != values).any():
                return False
        if not (_most(energy.sum()) + _most(opening.max()) < _TOO_LARGE):
            return False
    return True


def _most(found: object) -> Decimal:
    return found if isinstance(found, Decimal) else Decimal(0)


def _misfits(frame: pl.DataFrame, units: str, profile: CmepOut) -> pl.DataFrame:
    """Find the first value of each meter that cannot be written."""
    value = pl.col(units)
    rounded = value.cast(pl.Decimal(38, profile.most_decimals)).cast(KWH)
    is_long = value >= _TOO_LARGE
    return (
        frame.filter((value < 0) | (rounded != value) | is_long)
        .select("meter_id", "end_utc", value.alias("value"))
        .unique("meter_id", keep="first", maintain_order=True)
    )


def _why_misfit(row: Mapping[str, object], units: str, profile: CmepOut) -> str:
    return (
        f"meter {row['meter_id']}, {units}, {row['end_utc']}: got {row['value']} kWh, "
        f"expected 0 or more, at most {profile.most_decimals} places and "
        f"{MAX_NUMBER} characters"
    )


def _why_no_id(subject: str, text: str, longest: str = f"{LONGEST_METER_ID}") -> str:
    return (
        f"{subject}: got {len(text)} characters, expected 1 to {longest} visible ASCII "
        "ones without comma or quotes"
    )
