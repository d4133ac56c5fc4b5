"""What each component of the hours' prices comes to on a statement's lines of energy.

An hour's energy times a component is that component's part of its line. What the rate
makes of the hour's price besides (a factor, an adder, a cap or floor, losses) is one
more part, so that the parts of a line are the line, exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from ter_pipelines.settlement.energy import EXACT
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import EXPORT_LINE, IMPORT_LINE, NET_LINE, Terms
from ter_pipelines.vocab.units import plain

Row = Mapping[str, Any]
RATE_TERMS = "rate_terms"
_NOTHING = Decimal(0)
_KEYS = ("meter_id", "version", "inputs_sha256")


def component_rows(
    lines: Iterable[Row], sums: Iterable[Row], terms: Terms
) -> list[dict[str, Any]]:
    """Share the energy lines of statements out over the components of the prices.

    Args:
        lines: Lines of `out/statement`.
        sums: What the hours of each of these statements come to by component: rows of
            `statement_component`.
        terms: Of the rate. A month that is netted as a whole has no hourly price, and
            neither has a direction at a fixed price: these have no components.

    Returns:
        Rows of `out/statement_component`.
    """
    by_statement: dict[tuple[Any, ...], list[Row]] = {}
    for each in sums:
        by_statement.setdefault(_key(each), []).append(each)
    return [
        row
        for line in lines
        if line["line_code"] in _hourly_lines(terms)
        for row in _shared(line, by_statement.get(_key(line), []))
    ]


def find_wrong_sums(lines: Iterable[Row], components: Iterable[Row]) -> list[Finding]:
    """Find the lines that have components which do not add up to them."""
    parts: dict[tuple[Any, ...], Decimal] = {}
    with localcontext(EXACT):
        for part in components:
            key = *_key(part), part["line_code"]
            parts[key] = parts.get(key, _NOTHING) + part["exact_amount"]
    return [
        Finding(
            "statement.components_differ",
            line["statement_id"],
            {
                "line": line["line_code"],
                "components": plain(parts[key]),
                "expected": plain(line["exact_amount"]),
            },
        )
        for line in lines
        for key in [(*_key(line), line["line_code"])]
        if key in parts and parts[key] != line["exact_amount"]
    ]


def find_lost_components(rows: Iterable[Row], terms: Terms) -> list[Finding]:
    """Find the lines of which a rest is left though the hour's price is billed.

    Args:
        rows: As `component_rows` gives them.
        terms: Of the rate. Terms that make something else of the hour's price have a
            rest.
    """
    return [
        Finding(
            "statement.component_lost",
            f"{row['meter_id']} version {row['version']}",
            {"line": row["line_code"], "rest": plain(row["exact_amount"])},
        )
        for row in rows
        if terms.bills_the_hours_price and row["component"] == RATE_TERMS
    ]


def _shared(line: Row, sums: Sequence[Row]) -> Iterable[dict[str, Any]]:
    if not sums:
        return
    own = {name: line[name] for name in (*_KEYS, "line_code")}
    with localcontext(EXACT):
        rest = line["exact_amount"]
        for each in sums:
            amount = sum((each[name] for name in _AMOUNTS[line["line_code"]]), _NOTHING)
            rest -= amount
            yield own | {"component": each["component"], "exact_amount": amount}
    if rest:
        yield own | {"component": RATE_TERMS, "exact_amount": rest}


def _hourly_lines(terms: Terms) -> frozenset[str]:
    if terms.netting == "month":
        return frozenset()
    rules = {IMPORT_LINE: terms.import_price, EXPORT_LINE: terms.export_price}
    hourly = {code for code, rule in rules.items() if rule.fixed_per_kwh is None}
    return frozenset({*hourly, NET_LINE} if len(hourly) == len(rules) else hourly)


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEYS)


_AMOUNTS = {
    IMPORT_LINE: ("import_amount",),
    EXPORT_LINE: ("export_amount",),
    NET_LINE: ("import_amount", "export_amount"),
}
