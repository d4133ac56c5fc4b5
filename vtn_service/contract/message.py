"""A dataclass that travels as JSON, and is read with an error for every field."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from functools import cache
from typing import Any, Self, get_args, get_origin, get_type_hints

_KIND_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


class Message:
    """A dataclass that travels as a JSON object."""

    def to_json(self) -> dict[str, Any]:
        """Give the message as JSON values."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read the message.

        Raises:
            ValueError: If the body is not an object, a field is missing, unknown or
                not of the expected kind; the message names it.
        """
        return cls._read(body, cls.__name__)

    @classmethod
    def _read(cls, body: object, path: str) -> Self:
        if not isinstance(body, Mapping):
            raise ValueError(f"{path}: got {_shown(body)}, expected an object")  # noqa: TRY004
        kinds, required = _shape(cls)  # type: ignore[arg-type]
        if unknown := sorted(map(str, set(body) - set(kinds))):
            raise ValueError(f"{path}: got unknown {', '.join(unknown)}")
        if missing := [name for name in required if name not in body]:
            raise ValueError(f"{path}: expected {', '.join(missing)}, which is missing")
        return cls(
            **{
                name: _read_value(kinds[name], value, f"{path}.{name}")
                for name, value in body.items()
            }
        )


@cache
def _shape(kind: type[Message]) -> tuple[dict[str, type], list[str]]:
    """Give the kind of every field, and the names of those without a default."""
    known = fields(kind)  # type: ignore[arg-type]
    required = [
        f.name for f in known if f.default is MISSING and f.default_factory is MISSING
    ]
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in known}, required


def _read_value(kind: type, value: object, path: str) -> object:
    if get_origin(kind) is list:
        if not isinstance(value, list):
            raise ValueError(f"{path}: got {_shown(value)}, expected a list")
        (item,) = get_args(kind)
        return [_read_value(item, v, f"{path}[{i}]") for i, v in enumerate(value)]
    if issubclass(kind, Message):
        return kind._read(value, path)  # noqa: SLF001
    if type(value) is not kind:
        raise ValueError(f"{path}: got {_shown(value)}, expected {_KIND_NAMES[kind]}")
    return value


def _shown(value: object) -> str:
    return repr(value)[:60]
