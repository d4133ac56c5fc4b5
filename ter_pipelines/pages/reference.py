"""What the pages of the API say: an OpenAPI document, in words and examples."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Context = dict[str, Any]
_ABOUT = {
    "TER partners": "Schedules of prices, lists of meters, and devices: for the "
    "publisher of prices and the billing agent.",
    "SilesiaSolar": "Sites, the meters on them, and what these measure.",
    "Accounts and shadow prices": "Retail accounts, their usage, and what each hour of "
    "it cost.",
    "Open price feed": "Published prices for everybody, without signing in.",
    "Operation": "Whether the process answers.",
}
_SCRIPTS = {
    "TER partners": "ter.sh",
    "SilesiaSolar": "silesia.sh",
    "Accounts and shadow prices": "truelight.sh",
}
_EXAMPLES = {
    "datetime": "2025-11-04T05:00:00+0000",
    "date": "2025-11-03",
    "price": "0.1234",
    "unit": "USD/kWh",
    "currency": "USD",
    "email": "you@example.com",
    "password": "your-password",
}
_NULL = {"type": "null"}
_DEEPEST = 6


@dataclass(frozen=True)
class Contract:
    """What one partner may ask.

    Args:
        name: As the OpenAPI document tags it.
        paths: Of the document, those of this contract.
    """

    name: str
    paths: dict[str, dict[str, Any]]

    @property
    def slug(self) -> str:
        """Give its name as a part of an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def contracts_of(document: Mapping[str, Any]) -> list[Contract]:
    """Part an OpenAPI document into its contracts, in the order they first occur."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for tag in operation.get("tags", ()):
                found.setdefault(tag, {}).setdefault(path, {})[method] = operation
    return [Contract(name, paths) for name, paths in found.items()]


def told_contract(contract: Contract) -> Context:
    """Give what is said of a contract in a list."""
    return {
        "name": contract.name,
        "about": _ABOUT.get(contract.name, ""),
        "script": _SCRIPTS.get(contract.name, ""),
        "href": f"/pages/api/{contract.slug}",
        "document": f"/pages/api/{contract.slug}.json",
        "count": sum(map(len, contract.paths.values())),
    }


def told_operations(contract: Contract, base: str) -> list[Context]:
    """Give what is said of each operation.

    Args:
        contract: Whose.
        base: Address of this server, for the examples.
    """
    return [
        _told(path, method, operation, base)
        for path, operations in contract.paths.items()
        for method, operation in operations.items()
    ]


def example_of(schema: Mapping[str, Any], name: str = "", depth: int = 0) -> object:
    """Make a value that fits a JSON schema, to show what is meant.

    >>> example_of({"type": "object", "properties": {"date": {"type": "string"}}})
    {'date': '2025-11-03'}
    """
    chosen = schema.get("examples") or schema.get("enum")
    if chosen:
        example: object = chosen[0]
        return example
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        fitting = [each for each in either if each != _NULL]
        return example_of(fitting[0], name, depth)
    kind = _type_of(schema)
    if kind in {"object", "array"}:
        return _nested_example(schema, name, depth + 1) if depth < _DEEPEST else None
    plain = {"integer": schema.get("minimum", 1), "number": 1, "boolean": True}
    return plain.get(kind, _EXAMPLES.get(name, "text"))


def _nested_example(schema: Mapping[str, Any], name: str, depth: int) -> object:
    if _type_of(schema) == "array":
        return [example_of(schema.get("items", {}), name, depth)]
    members = schema.get("properties", {})
    return {key: example_of(value, key, depth) for key, value in members.items()}


def _told(path: str, method: str, operation: Mapping[str, Any], base: str) -> Context:
    body = _schema(operation.get("requestBody", {}))
    example = None if body is None else example_of(body)
    is_open = not operation.get("security")
    return {
        "id": operation.get("operationId", ""),
        "method": method.upper(),
        "path": path,
        "about": operation.get("description", ""),
        "who": "" if is_open else ", ".join(_scopes(operation)) or "anybody signed in",
        "is_open": is_open,
        "parameters": [_parameter(p) for p in operation.get("parameters", ())],
        "body": "" if body is None else json.dumps(example, indent=2),
        "curl": _curl(method.upper(), base + path, example, is_open=is_open),
        "answers": [
            {"code": code, "about": answer["description"]}
            for code, answer in sorted(operation["responses"].items())
        ],
    }


def _curl(method: str, url: str, example: object, *, is_open: bool) -> str:
    parts = ["curl"]
    if method != "GET":
        parts.append(f"-X {method}")
    if not is_open:
        parts.append('-H "Authorization: Bearer $TER_TOKEN"')
    if example is not None:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{json.dumps(example)}'")
    return " \\\n  ".join([*parts, f"'{url}'"])


def _scopes(operation: Mapping[str, Any]) -> Iterator[str]:
    for requirement in operation["security"]:
        for scopes in requirement.values():
            yield from scopes


def _parameter(parameter: Mapping[str, Any]) -> Context:
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "is_required": parameter.get("required", False),
        "about": parameter.get("description", ""),
    }


def _schema(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for described in content.get("content", {}).values():
        schema: Mapping[str, Any] | None = described.get("schema")
        if schema is not None:
            return schema
    return None


def _type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    return str(kind)
