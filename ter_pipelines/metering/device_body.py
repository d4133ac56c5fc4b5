"""The body of a partner's `/devices/`, in the words its clients know.

Source: the TER programme's REST contract; registers have 8 digits, 2 of them places.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.ids import require_device_id, require_id
from ter_pipelines.vocab.partner_device import PartnerDevice
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json, read_number

PLACES = 2
DIGITS = 8
_REQUIRED = "This field is required."
_NOT_A_NUMBER = "A valid number is required."
_NOT_A_FLAG = "Must be a valid boolean."
_ZERO = Decimal(0).scaleb(-PLACES)
_NEW = PartnerDevice("", "", status_on=False, register_consumed=_ZERO,
                     register_produced=_ZERO)  # fmt: skip


def read_device(
    body: bytes, *, known: PartnerDevice | None = None, is_whole: bool = True
) -> PartnerDevice:
    """Read a device.

    Args:
        body: JSON object of `device_id`, `ven_id` (also `VEN_ID`), `statusOn`,
            `registerConsumed` and `registerProduced`; an `id` in it means nothing.
        known: The device that is changed; None for a new one.
        is_whole: Whether `device_id` and `ven_id` must be there. What is not there
            stays as it was; of a new device, off and 0.00.

    Raises:
        FormatError: If the body is not JSON.
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    document = parse_json(body)
    if not isinstance(document, dict):
        raise FieldError(
            "device", {"non_field_errors": ["Invalid data. Expected a dictionary."]}
        )
    errors: dict[str, list[str]] = {}
    found = _values(document, errors)
    required = ("device_id", "ven_id") if is_whole else ()
    given = {_FIELDS[key][0] for key in document if key in _FIELDS}
    errors |= {name: [_REQUIRED] for name in required if name not in given}
    if errors:
        raise FieldError("device", errors)
    return replace(known or _NEW, **found)  # type: ignore[arg-type]


def _values(
    document: Mapping[str, object], errors: dict[str, list[str]]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in document.items():
        if key == "id":
            continue
        if key not in _FIELDS:
            errors[key[:40]] = [f"got an unknown field, expected {', '.join(_FIELDS)}"]
            continue
        name, read = _FIELDS[key]
        if name in found:
            errors[key] = [f"got {name} twice, expected one spelling of it"]
            continue
        try:
            found[name] = read(value)
        except ValueError as error:
            errors[key] = [str(error)]
    return found


def write_device(device: PartnerDevice) -> Mapping[str, object]:
    """Give a device as its partner knows it, registers as text of two places."""
    return {
        "device_id": device.device_id,
        "ven_id": device.ven_id,
        "statusOn": device.status_on,
        "registerConsumed": f"{device.register_consumed:f}",
        "registerProduced": f"{device.register_produced:f}",
    }


def _device_id(value: object) -> str:
    if isinstance(value, JsonNumber):
        raise ValueError(f"got the number {value[:40]}, not text")  # noqa: TRY004
    return require_device_id(value, name="device_id")


def _ven_id(value: object) -> str:
    if isinstance(value, JsonNumber):
        raise ValueError(f"got the number {value[:40]}, not text")  # noqa: TRY004
    return require_id(value, name="ven_id")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_NOT_A_FLAG)  # noqa: TRY004
    return value


def _register(value: object) -> Decimal:
    try:
        number = read_number(value)
    except ValueError:
        raise ValueError(_NOT_A_NUMBER) from None
    places = Decimal(1).scaleb(-PLACES)
    if abs(number) >= Decimal(10) ** (DIGITS - PLACES):
        raise ValueError(
            f"Ensure that there are no more than {DIGITS - PLACES} digits before the "
            "decimal point."
        )
    kept = number.quantize(places)
    if kept != number:
        raise ValueError(f"Ensure that there are no more than {PLACES} decimal places.")
    return abs(kept) if kept == 0 else kept


_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "device_id": ("device_id", _device_id),
    "ven_id": ("ven_id", _ven_id),
    "VEN_ID": ("ven_id", _ven_id),
    "statusOn": ("status_on", _flag),
    "registerConsumed": ("register_consumed", _register),
    "registerProduced": ("register_produced", _register),
}
