"""Answers in the form this contract's clients know."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi import Response, status

from ter_pipelines.api.answers import write_json
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.registry.model_rows import MeterRegister
from ter_pipelines.registry.site_rows import Assignment, Location, SiteHost
from ter_pipelines.registry.users import User
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.strict_json import JsonNumber
from ter_pipelines.vocab.units import plain

HOSTS_OWN_NAMES = {"address": "ip", "unit": "slave_address", "map": "meter"}


def told(value: object, code: int = status.HTTP_200_OK) -> Response:
    """Answer JSON; a `JsonNumber` with its own digits."""
    return Response(write_json(value), code, media_type="application/json")


def not_there(what: str, number: object) -> Refusal:
    """Make the answer to what does not exist, or is another's."""
    error = f"{what} with id {number} does not exist"
    return Refusal(status.HTTP_404_NOT_FOUND, {"error": error})


def deleted(what: str, number: object) -> Response:
    """Answer that something is gone."""
    return told({"info": f"{what} with id {number} has been deleted"})


@contextmanager
def said_as_error(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Say why something cannot be done as `{"error": ...}`.

    Args:
        names: The registry's name of a field to this contract's, where they differ.

    Raises:
        Refusal: 400, for what the registry refuses as a whole.
        FieldError: For what it refuses by field, in this contract's names.
    """
    try:
        yield
    except FieldError as error:
        called = names or {}
        fields = {called.get(n, n): texts for n, texts in error.fields.items()}
        raise FieldError("body", fields) from error
    except InputError as error:
        raise Refusal(status.HTTP_400_BAD_REQUEST, {"error": str(error)}) from error


def user_answer(user: User) -> dict[str, object]:
    """Give `{"id", "username", "email"}`."""
    return {"id": user.id, "username": user.name, "email": user.email}


def location_answer(location: Location) -> dict[str, object]:
    """Give a location; its coordinates with the digits they came with."""
    x, y = location.longitude, location.latitude
    return {
        "id": location.id,
        "street": location.street,
        "number": location.number,
        "city": location.city,
        "zip_code": location.zip_code,
        "coord_x": None if x is None else JsonNumber(plain(x)),
        "coord_y": None if y is None else JsonNumber(plain(y)),
        "user": location.user_id,
    }


def host_answer(host: SiteHost, meter_ids: dict[str, int]) -> dict[str, object]:
    """Give a host; its meter by number."""
    meter = host.meter
    return {
        "id": host.id,
        "ip": meter.address,
        "port": meter.port,
        "slave_address": meter.unit,
        "description": meter.description,
        "user": host.user_id,
        "location": host.location_id,
        "meter": meter_ids.get(meter.map_name),
    }


def assignment_answer(assignment: Assignment) -> dict[str, object]:
    """Give `{"id", "host", "measurement"}`."""
    return {
        "id": assignment.id,
        "host": assignment.site_host_id,
        "measurement": assignment.measurement,
    }


def register_answer(register: MeterRegister) -> dict[str, object]:
    """Give a register, and beside what clients know how it is read."""
    return {
        "id": register.id,
        "address": register.address,
        "unit": register.unit,
        "type": register.type,
        "function_code": register.function_code,
        "meter": register.meter_id,
        "measurement": register.measurement,
        "word_order": register.word_order,
        "is_signed": register.is_signed,
        "scale": JsonNumber(plain(register.scale)),
        "direction": register.direction,
    }
