"""The parts of openleadr that are used, with types; nothing else imports it.

Used: the message schema, the message templates, service classes with handlers. Not
used: its server, its queue, its report callbacks and its way of parsing messages.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from lxml import etree
from markupsafe import Markup, escape
from openleadr import enums
from openleadr.messaging import TEMPLATES, XML_SCHEMA, create_message
from openleadr.service import VTNService, handler, service

F = TypeVar("F")
C = TypeVar("C", bound=type)

SCHEMA: etree.XMLSchema = XML_SCHEMA
SIGNAL_NAMES: list[str] = enums.SIGNAL_NAME.values
SIGNAL_TYPES: list[str] = enums.SIGNAL_TYPE.values

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


def verbatim(text: str) -> Markup:
    """Keep line ends, which the library's templates would swallow."""
    return Markup(  # noqa: S704
        str(escape(text)).replace("\r", "&#13;").replace("\n", "&#10;")
    )
