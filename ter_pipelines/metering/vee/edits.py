"""What a person decided about intervals: accept, reject, edit, or judge again.

An edit is strict JSON in the registry, never changed; of several that speak of an
interval the newest holds. It speaks of the intervals that lie wholly in its time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, cast, get_args

from ter_pipelines.metering.vee.series import Interval, seconds_of
from ter_pipelines.vocab.clock import DAY, Span, iso_utc, parse_instant
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json, shown
from ter_pipelines.vocab.units import ENERGY_PLACES, MAX_ENERGY_KWH, parse_decimal

Action = Literal["accept", "reject", "edit", "rerun"]
ACCEPT: Final = "accept"
REJECT: Final = "reject"
EDIT: Final = "edit"
RERUN: Final = "rerun"

ANY_DIRECTION = ""
DIRECTIONS = ("delivered", "received", "net")
LONGEST_REASON = 1000
LONGEST_DAYS = 400
_FIELDS = (
    "action", "ven_id", "device_id", "direction", "begins_at", "ends_at", "energy_kwh",
    "reason", "made_by", "made_at",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A person's word on the intervals of a device, or of all devices for a rerun.

    Args:
        action: `accept` bills a doubted value as the source told it and takes back
            an earlier edit or rejection; `reject` takes a value out; `edit` puts
            another in its place, or where there is none; `rerun` changes nothing but
            has the days judged again.
        ven_id: Whose device; empty for a rerun.
        device_id: Which device; empty for a rerun.
        direction: Which channel; empty for each that the device has.
        span: The time.
        energy_kwh: Of an edit: the energy of the whole time.
        reason: Why.
        made_by: Who.
        made_at: When.

    Raises:
        FieldError: If these contradict each other.
    """

    action: Action
    span: Span
    reason: str
    made_by: str
    made_at: datetime
    ven_id: str = ""
    device_id: str = ""
    direction: str = ANY_DIRECTION
    energy_kwh: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        errors = {**_wrong_words(self), **_wrong_time(self), **_wrong_energy(self)}
        if errors:
            raise FieldError(f"VEE {self.action}", errors)

    def speaks_of(self, device: tuple[str, str], direction: str, span: Span) -> bool:
        """Tell whether it decides about a channel's interval."""
        return (
            self.action != RERUN
            and (self.ven_id, self.device_id) == device
            and self.direction in {ANY_DIRECTION, direction}
            and self.span.start_utc <= span.start_utc
            and span.end_utc <= self.span.end_utc
        )

    def share_of(self, interval: Interval) -> Decimal:
        """Give an interval's part of the energy, by its time.

        Parts are differences of rounded running totals, so they add up to the energy
        to the last digit whichever intervals cut the time.
        """
        return self._until(interval.end_utc) - self._until(interval.interval_start_utc)

    def to_json(self) -> bytes:
        """Write it as it is kept."""
        energy = None if self.energy_kwh is None else format(self.energy_kwh, "f")
        fields = {
            "action": self.action,
            "ven_id": self.ven_id,
            "device_id": self.device_id,
            "direction": self.direction,
            "begins_at": iso_utc(self.span.start_utc),
            "ends_at": iso_utc(self.span.end_utc),
            "energy_kwh": energy,
            "reason": self.reason,
            "made_by": self.made_by,
            "made_at": iso_utc(self.made_at),
        }
        return json.dumps(fields).encode()

    def _until(self, instant: datetime) -> Decimal:
        total = int((self.energy_kwh or Decimal(0)).scaleb(ENERGY_PLACES))
        seconds = seconds_of(Span(self.span.start_utc, instant))
        return Decimal(total * seconds // seconds_of(self.span)).scaleb(-ENERGY_PLACES)


def read_edit(body: bytes, *, subject: str) -> Edit:
    """Read an edit as it was kept.

    Args:
        body: The JSON.
        subject: Where it was kept, for messages.

    Raises:
        FormatError: If it is no JSON.
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    given = parse_json(body)
    if not isinstance(given, dict):
        raise FieldError(subject, {"body": [f"got {shown(given)}, expected an object"]})
    texts, errors = _read_texts(given)
    span, made_at, energy_kwh = None, None, None
    try:
        span = Span(parse_instant(texts["begins_at"]), parse_instant(texts["ends_at"]))
        made_at = parse_instant(texts["made_at"])
        energy_kwh = parse_decimal(texts["energy_kwh"]) if texts["energy_kwh"] else None
    except (KeyError, ValueError) as error:
        errors.setdefault("begins_at, ends_at, made_at, energy_kwh", []).append(
            f"got {error}, expected instants such as 2025-11-03T05:00:00Z and a number"
        )
    if errors or span is None or made_at is None:
        raise FieldError(subject, errors)
    return Edit(
        action=cast("Action", texts["action"]),
        ven_id=texts["ven_id"],
        device_id=texts["device_id"],
        direction=texts["direction"],
        span=span,
        energy_kwh=energy_kwh,
        reason=texts["reason"],
        made_by=texts["made_by"],
        made_at=made_at,
    )


def newest_of(
    edits: Sequence[Edit], device: tuple[str, str], direction: str, span: Span
) -> Edit | None:
    """Give the edit that holds for a channel's interval; None if there is none.

    Args:
        edits: In the order they were made.
        device: VEN and device.
        direction: Of the channel.
        span: Of the interval.
    """
    speaking = (e for e in reversed(edits) if e.speaks_of(device, direction, span))
    return next(speaking, None)


def _read_texts(
    given: Mapping[str, object],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    errors = {
        name: ["is not a field of an edit"] for name in set(given) - set(_FIELDS)
    } | {name: ["is missing"] for name in set(_FIELDS) - set(given)}
    texts = {}
    for name in _FIELDS:
        value = given.get(name)
        if isinstance(value, str) and not isinstance(value, JsonNumber):
            texts[name] = value
        elif name == "energy_kwh" and value is None:
            texts[name] = ""
        elif name in given:
            errors[name] = [f"got {shown(value)}, expected text"]
    return texts, errors


def _wrong_words(edit: Edit) -> dict[str, list[str]]:
    errors = {}
    if edit.action not in get_args(Action):
        wanted = ", ".join(get_args(Action))
        errors["action"] = [f"got {edit.action!r}, expected one of {wanted}"]
    if edit.direction not in {ANY_DIRECTION, *DIRECTIONS}:
        wanted = ", ".join(DIRECTIONS)
        errors["direction"] = [f"got {edit.direction!r}, expected one of {wanted}"]
    if (edit.action == RERUN) != (not edit.device_id):
        errors["device_id"] = [
            f"got {edit.device_id!r} with {edit.action}, expected one device, or none "
            "for a rerun"
        ]
    for name, text in (("reason", edit.reason), ("made_by", edit.made_by)):
        if not text.strip() or len(text) > LONGEST_REASON or not text.isprintable():
            errors[name] = [
                f"got {text[:40]!r}, expected 1 to {LONGEST_REASON} characters, a line"
            ]
    return errors


def _wrong_time(edit: Edit) -> dict[str, list[str]]:
    span = edit.span
    is_whole = not (span.start_utc.microsecond or span.end_utc.microsecond)
    if (
        is_whole
        and span.start_utc < span.end_utc <= span.start_utc + LONGEST_DAYS * DAY
    ):
        return {}
    got = f"{iso_utc(span.start_utc)} to {iso_utc(span.end_utc)}"
    return {
        "begins_at, ends_at": [
            f"got {got}, expected whole seconds, a beginning before the end and at "
            f"most {LONGEST_DAYS} days"
        ]
    }


def _wrong_energy(edit: Edit) -> dict[str, list[str]]:
    energy_kwh = edit.energy_kwh
    if (energy_kwh is None) != (edit.action != EDIT):
        return {
            "energy_kwh": [
                f"got {energy_kwh} with {edit.action}, expected energy with edit only"
            ]
        }
    if energy_kwh is None:
        return {}
    is_kept = energy_kwh == round(energy_kwh, ENERGY_PLACES)
    if not is_kept or abs(energy_kwh) >= MAX_ENERGY_KWH:
        return {
            "energy_kwh": [
                f"got {energy_kwh}, expected less than {MAX_ENERGY_KWH} and at most "
                f"{ENERGY_PLACES} decimal places"
            ]
        }
    if energy_kwh < 0 and edit.direction in {"delivered", "received"}:
        return {
            "energy_kwh": [f"got {energy_kwh} {edit.direction}, expected 0 or more"]
        }
    return {}
