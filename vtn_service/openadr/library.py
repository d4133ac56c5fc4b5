"""The parts of openleadr that are used, with types; nothing else imports it.

Used: the message schema, the message templates, service classes with handlers. Not
used: its server, its queue, its report callbacks and its way of parsing messages.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from lxml import etree
from markupsafe import Markup, escape
from openleadr import enums
from openleadr.messaging import (
    TEMPLATES,
    XML_SCHEMA,
    XML_SCHEMA_LOCATION,
    create_message,
)
from openleadr.service import VTNService, handler, service

F = TypeVar("F")
C = TypeVar("C", bound=type)

SCHEMA: etree.XMLSchema = XML_SCHEMA
SCALES: list[str] = enums.SI_SCALE_CODE.values
_CURRENCIES = Path(XML_SCHEMA_LOCATION).with_name(
    "oadr_ISO_ISO3AlphaCurrencyCode_20100407.xsd"
)
# From the schema: the library's own list lacks some.
CURRENCIES: list[str] = [
    str(element.get("value"))
    for element in etree.parse(_CURRENCIES).iter("{*}enumeration")
]

# Misspelt in the library, which would refuse it.
enums._MEASUREMENT_NAMESPACES["currencyPerKW"] = "oadr"  # noqa: SLF001

# Off in the library: markup in an identifier would come back as markup.
TEMPLATES.autoescape = True


class LibraryService(VTNService):  # type: ignore[misc]
    """A service of openleadr: an endpoint with a handler per message type."""

    __service_name__: str
    handlers: dict[str, Callable[..., object]]


def serves(endpoint: str) -> Callable[[C], C]:
    """Say which endpoint a service class answers."""
    return cast("Callable[[C], C]", service(endpoint))


def handles(message_type: str) -> Callable[[F], F]:
    """Say which message a method of a service answers."""
    return cast("Callable[[F], F]", handler(message_type))


def render(message_type: str, payload: dict[str, object]) -> bytes:
    """Write a message as XML."""
    return str(create_message(message_type, **payload)).encode()


def verbatim(text: object) -> Markup:
    """Escape a text; keep line ends, which the library's templates would swallow."""
    return Markup(  # noqa: S704
        str(escape(text)).replace("\r", "&#13;").replace("\n", "&#10;")
    )
