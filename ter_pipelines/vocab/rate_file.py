"""A rate's TOML file, with a message for every field that is wrong.

What decides about money has no default, but for what a plain rate does not have: a loss
factor, fees, taxes, and rules that change the hour's price.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.field_tables import read_table, read_tables, under
from ter_pipelines.vocab.price_recipe import per_kwh, ratio, read_price_recipe
from ter_pipelines.vocab.prices import PRICE_SOURCES
from ter_pipelines.vocab.rate import (
    PROFILE_SUFFIX,
    Fee,
    Loss,
    PriceRule,
    PriceSource,
    Rate,
    Tax,
    Terms,
)
from ter_pipelines.vocab.rate_named import read_named_files
from ter_pipelines.vocab.rate_rules import (
    find_contradictions,
    find_price_contradictions,
    find_rule_contradictions,
)

LARGEST_RATE_BYTES = 1 << 20
_Read = tuple[Any, fields.Errors]


def parse_rate(
    body: bytes, *, subject: str = "rate", folder: Path | None = None
) -> Rate:
    """Read a rate from TOML.

    Args:
        body: The file.
        subject: How errors call it.
        folder: Where the files are that it names; None leaves them unread.

    Raises:
        FieldError: With a message for every field that is missing, unknown, wrong, or
            contradicts another.
    """
    given = _parse(body, subject)
    listed = given.pop("version", None)
    values, errors = read_table(given, _RATE, whose="a rate", needed=_RATE)
    currency = values.get("currency", "")
    versions, wrong = _read_versions(listed, currency)
    errors |= under("version", wrong)
    if folder is not None and not errors:
        versions, wrong = read_named_files(versions, folder)
        errors |= under("version", wrong)
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return Rate(versions=tuple(versions), **values)


def _parse(body: bytes, subject: str) -> dict[str, Any]:
    if len(body) > LARGEST_RATE_BYTES:
        wrong = f"got more bytes than {LARGEST_RATE_BYTES}, expected no more"
    else:
        try:
            return tomllib.loads(body.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            wrong = f"is not TOML: {error}"
    raise FieldError(subject, {"file": [wrong]})


def _read_versions(listed: object, currency: str) -> tuple[list[Terms], fields.Errors]:
    if not isinstance(listed, list) or not listed:
        return [], {"": ["got none, expected [[version]] tables"]}
    versions: list[Terms] = []
    errors: fields.Errors = {}
    for i, table in enumerate(listed):
        terms, wrong = _read_version(table, currency)
        if versions and terms and terms.effective_from <= versions[-1].effective_from:
            wrong["effective_from"] = [
                f"got {terms.effective_from}, expected a day after that of the version "
                f"before, {versions[-1].effective_from}"
            ]
        versions += [terms] if terms else []
        errors |= under(f"[{i}]", wrong)
    return versions, errors


def _read_version(table: object, currency: str) -> tuple[Terms | None, fields.Errors]:
    if not isinstance(table, Mapping):
        return None, {"": [f"got {table!r}, expected a table"]}
    plain = {name: value for name, value in table.items() if name not in _TABLES}
    needed = _VERSION.keys() - {"shows_components"}
    values, errors = read_table(plain, _VERSION, whose="a version", needed=needed)
    for name, read in _TABLES.items():
        if name in table:
            values[_FIELD_OF.get(name, name)], wrong = read(table[name])
            errors |= under(name, wrong)
    if "price" not in table:
        errors["price"] = ["is missing"]
    elif not errors:
        errors |= find_price_contradictions(values["price"], currency)
    if errors:
        return None, errors
    terms = Terms(**values)
    return terms, find_contradictions(terms)


def _price(value: object) -> _Read:
    given = dict(value) if isinstance(value, Mapping) else value
    recipe, wrong = None, fields.Errors()
    if isinstance(given, dict) and "build" in given:
        recipe, wrong = read_price_recipe(given.pop("build"))
    needed = ("source", "unit")
    values, errors = read_table(given, _PRICE, whose="a price", needed=needed)
    errors |= under("build", wrong)
    return (None if errors else PriceSource(recipe=recipe, **values)), errors


def _rule(value: object) -> _Read:
    values, errors = read_table(value, _RULE, whose="a price rule")
    errors |= find_rule_contradictions(values)
    return (None if errors else PriceRule(**values)), errors


def _loss(value: object) -> _Read:
    needed = ("share", "applies_to")
    values, errors = read_table(value, _LOSS, whose="a loss factor", needed=needed)
    return (None if errors else Loss(**values)), errors


def _fees(value: object) -> _Read:
    needed = ("code", "title", "amount", "per")
    tables, errors = read_tables(value, _FEE, whose="a fee", needed=needed)
    return (() if errors else tuple(Fee(**each) for each in tables)), errors


def _taxes(value: object) -> _Read:
    needed = ("code", "title", "share", "on")
    tables, errors = read_tables(value, _TAX, whose="a tax", needed=needed)
    return (() if errors else tuple(Tax(**each) for each in tables)), errors


def _first_of_month(value: object) -> object:
    day = _DAY(value)
    if not isinstance(day, date) or day.day != 1:
        raise ValueError(
            f"got {day}, expected the first day of a month: a month has one version"
        )
    return day


def _source(value: object) -> str:
    source = fields.text(value)
    if source not in PRICE_SOURCES and not source.endswith(PROFILE_SUFFIX):
        raise ValueError(
            f"got {source!r}, expected one of {', '.join(PRICE_SOURCES)}, or the file "
            "of a profile that ends in .toml"
        )
    return source


def _lost_share(value: object) -> Decimal:
    share = ratio(value)
    if not 0 < share <= _MOST_LOST:
        raise ValueError(f"got {share}, expected a share above 0, at most {_MOST_LOST}")
    return share


def _tax_share(value: object) -> Decimal:
    share = ratio(value)
    if not 0 < share <= 1:
        raise ValueError(f"got {share}, expected a share above 0, at most 1")
    return share


def _factors(value: object) -> Sequence[Decimal]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"got {value!r}, expected a list of factors in quotes")
    return tuple(ratio(item) for item in value)


def _codes(value: object) -> Sequence[str]:
    if (
        not isinstance(value, list)
        or not value
        or len(set(map(str, value))) < len(value)
    ):
        raise ValueError(f"got {value!r}, expected codes of lines, each once")
    return tuple(fields.text(item) for item in value)


_MOST_LOST = Decimal("0.5")
_DAY = fields.of_kind(date, "a date such as 2025-11-01, unquoted")
_FLAG = fields.of_kind(bool, "true or false")
_FIELD_OF = {"fee": "fees", "tax": "taxes"}
_TABLES = {
    "price": _price,
    "import_price": _rule,
    "export_price": _rule,
    "loss": _loss,
    "fee": _fees,
    "tax": _taxes,
}
_RATE: Mapping[str, fields.Reader] = {
    "rate_id": fields.identifier,
    "title": fields.text,
    "zone": fields.zone,
    "currency": fields.currency,
}
_VERSION: Mapping[str, fields.Reader] = {
    "effective_from": _first_of_month,
    "netting": fields.one_of("interval", "hour", "month"),
    "energy_lines": fields.one_of("split", "net"),
    "rounding": fields.one_of("half-up", "half-even"),
    "minimum_completeness": fields.share,
    "maximum_estimated": fields.share,
    "cut_off_days": fields.whole(range(61), "days"),
    "adjustment_days": fields.whole(range(1831), "days"),
    "shows_components": _FLAG,
}
_PRICE: Mapping[str, fields.Reader] = {
    "source": _source,
    "unit": fields.text,
    "location": fields.text,
}
_RULE: Mapping[str, fields.Reader] = {
    "factor": ratio,
    "adder_per_kwh": per_kwh,
    "cap_per_kwh": per_kwh,
    "floor_per_kwh": per_kwh,
    "fixed_per_kwh": per_kwh,
}
_LOSS: Mapping[str, fields.Reader] = {
    "share": _lost_share,
    "applies_to": fields.one_of("quantity", "price"),
    "is_of_export": _FLAG,
}
_FEE: Mapping[str, fields.Reader] = {
    "code": fields.identifier,
    "title": fields.text,
    "amount": per_kwh,
    "per": fields.one_of("month", "day", "kw"),
    "factors": _factors,
    "tags_file": fields.text,
}
_TAX: Mapping[str, fields.Reader] = {
    "code": fields.identifier,
    "title": fields.text,
    "share": _tax_share,
    "on": _codes,
    "is_on_credits": _FLAG,
}
