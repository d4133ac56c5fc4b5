"""Accounts and interval usage as partners send them: JSON, every field checked.

An account comes wrapped in `account`. Numbers may be text, days need no leading zeros,
and the nested lists may be named with or without `_attributes`. What a change does not
name stays; a list that is given takes the place of the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.accounts import body_fields as read
from ter_pipelines.accounts.account import (
    CAPACITY_TAGS,
    STATUSES,
    SUMMARY_USAGES,
    TRANSMISSION_TAGS,
    Account,
    SummaryUsage,
    Tag,
)
from ter_pipelines.accounts.body_fields import BLANK, Errors
from ter_pipelines.accounts.market import Market
from ter_pipelines.accounts.rules import find_errors, find_freeze_errors
from ter_pipelines.vocab.clock import HOUR, day_span
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.units import ENERGY_PLACES

SUBJECT = "account"
MOST_HOURS = 100_000
_ATTRIBUTES = "_attributes"
_READ_ONLY = ("id", "version", "intervalization_status", "rt_lmp_price")


@dataclass(frozen=True)
class MeteredHour:
    """The energy of one hour of a local day, as a partner measured it.

    Args:
        recorded_on: The day.
        hour: 1 for its first hour, to 23, 24 or 25.
        volume_kwh: The energy.
    """

    recorded_on: date
    hour: int
    volume_kwh: Decimal

    def start_utc(self, zone: ZoneInfo) -> datetime:
        """Give the instant at which the hour begins."""
        return day_span(self.recorded_on, zone).start_utc + (self.hour - 1) * HOUR


def read_new_account(body: object, market: Market) -> Account:
    """Read an account that is to be made.

    Raises:
        FieldError: With a message for every field that is missing or wrong.
    """
    values, errors = _read_body(body)
    if SUBJECT not in errors:
        named = values.keys() | {name.split("[")[0] for name in errors}
        errors |= {name: [BLANK] for name in _REQUIRED - named}
    _require_none(errors)
    account = Account(**values)
    _require_none(find_errors(account, market))
    return account


def read_change(body: object, before: Account, market: Market) -> Account:
    """Read a change of an account; give the account as it is to be.

    Raises:
        FieldError: With a message for every field that is wrong.
    """
    values, errors = _read_body(body)
    _require_none(errors)
    account = replace(before, **values)
    _require_none(find_errors(account, market) | find_freeze_errors(before, account))
    return account


def read_stored_account(body: Mapping[str, Any]) -> Account:
    """Read an account that was kept; the market's lists may be others by now."""
    values, errors = _read_body({SUBJECT: body})
    _require_none(errors)
    return Account(**values)


def read_metered_hours(body: object, zone: ZoneInfo) -> list[MeteredHour]:
    """Read an upload of interval usage, `{"interval_usages": [...]}`.

    Raises:
        FieldError: With a message for every field that is missing or wrong.
    """
    name = "interval_usages"
    if not isinstance(body, Mapping) or set(body) != {name}:
        raise FieldError(name, {name: [BLANK]})
    values, errors = read.read_objects(body[name], _HOUR, most=MOST_HOURS)
    hours, seen = [], set[tuple[date, int]]()
    for i, item in enumerate(values if not errors else ()):
        hour = MeteredHour(item["recorded_on"], int(item["hour"]), item["volume_kwh"])
        last = _hours_of(hour.recorded_on, zone)
        if not 1 <= hour.hour <= last:
            errors[f"[{i}].hour"] = [f"is not one of the day's hours, 1 to {last}"]
        elif (hour.recorded_on, hour.hour) in seen:
            errors[f"[{i}].hour"] = ["is given more than once"]
        seen.add((hour.recorded_on, hour.hour))
        hours.append(hour)
    if errors:
        raise FieldError(name, {f"{name}{path}": e for path, e in errors.items()})
    return hours


def _read_body(body: object) -> tuple[dict[str, Any], Errors]:
    if not isinstance(body, Mapping) or not isinstance(body.get(SUBJECT), Mapping):
        return {}, {SUBJECT: [BLANK]}
    given, errors = _with_plain_names(body[SUBJECT])
    nested = {name: given.pop(name) for name in _NESTED.keys() & given.keys()}
    values, wrong = read.read_object(given, _ACCOUNT)
    errors |= wrong | {n: ["can't be set"] for n in _READ_ONLY if n in given}
    for name, items in nested.items():
        make, readers = _NESTED[name]
        found, wrong = read.read_objects(items, readers)
        errors |= {f"{name}{path}": told for path, told in wrong.items()}
        if not wrong:
            values[name] = tuple(make(**item) for item in found)
    return values, errors


def _with_plain_names(given: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    """Name nested lists as answers do; say which are given in both ways."""
    plain = dict(given)
    errors: Errors = {}
    for name in _NESTED:
        if name + _ATTRIBUTES in plain:
            if name in plain:
                errors[name] = [f"is given twice, as {name + _ATTRIBUTES}, too"]
            plain[name] = plain.pop(name + _ATTRIBUTES)
    return plain, errors


def _require_none(errors: Errors) -> None:
    if errors:
        raise FieldError(SUBJECT, dict(sorted(errors.items())))


def _hours_of(day: date, zone: ZoneInfo) -> int:
    span = day_span(day, zone)
    return (span.end_utc - span.start_utc) // HOUR


_KW = read.number(below=10**7, places=6)
_KWH = read.number(below=10**9, places=ENERGY_PLACES)
_TAG = {"start_date": read.day, "end_date": read.day, "value_kw": _KW}
_SUMMARY = {"starts_on": read.day, "ends_on": read.day, "volume_kwh": _KWH}
_HOUR = {
    "recorded_on": read.day,
    "hour": read.number(below=100, places=0),
    "volume_kwh": _KWH,
}
_NESTED: Mapping[str, tuple[type, Mapping[str, read.Reader]]] = {
    CAPACITY_TAGS: (Tag, _TAG),
    TRANSMISSION_TAGS: (Tag, _TAG),
    SUMMARY_USAGES: (SummaryUsage, _SUMMARY),
}
_OPTIONAL: Mapping[str, read.Reader] = {
    "rep": read.optional(read.text),
    "flow_start": read.optional(read.day),
    "flow_end": read.optional(read.day),
    "status": read.one_of(*STATUSES),
}
_REQUIRED = {f.name for f in fields(Account)} - {*_OPTIONAL, SUMMARY_USAGES}
_ACCOUNT: Mapping[str, read.Reader] = {
    **dict.fromkeys(_REQUIRED - _NESTED.keys(), read.text),
    **_OPTIONAL,
}
