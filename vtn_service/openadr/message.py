"""A received message: parsed once against the schema, then read by path.

Identifiers are given as the text that was sent. The caller has already refused
document types, entities and encodings other than UTF-8.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element

from vtn_service.openadr.library import SCHEMA

NAMESPACES = {
    "ei": "http://docs.oasis-open.org/ns/energyinterop/201110",
    "oadr": "http://openadr.org/oadr-2.0b/2012/07",
    "pyld": "http://docs.oasis-open.org/ns/energyinterop/201110/payloads",
    "xcal": "urn:ietf:params:xml:ns:icalendar-2.0",
    "strm": "urn:ietf:params:xml:ns:icalendar-2.0:stream",
    "emix": "http://docs.oasis-open.org/ns/emix/2011/06",
    "power": "http://docs.oasis-open.org/ns/emix/2011/06/power",
    "scale": "http://docs.oasis-open.org/ns/emix/2011/06/siscale",
}
MAX_TEXT = 1024  # bytes of UTF-8: two such identifiers fit into a database's index
_OADR = f"{{{NAMESPACES['oadr']}}}"
_SHORT = [
    f"{{{NAMESPACES[prefix]}}}{name}"
    for prefix, names in {
        "ei": "venID registrationID rID resourceID eiReportID reportRequestID "
        "reportSpecifierID reportName readingType reportType eventID optID value",
        "pyld": "requestID",
        "oadr": "oadrVenName oadrDataQuality itemDescription itemUnits",
        "power": "itemDescription itemUnits",
    }.items()
    for name in names.split()
]
_PREFIX = re.compile(r"(\w+):")
_REQUEST_ID = (
    "pyld:requestID",
    "pyld:eiRequestEvent/pyld:requestID",
    "ei:eiResponse/pyld:requestID",
    "pyld:eiCreatedEvent/ei:eiResponse/pyld:requestID",
)
_VEN_ID = ("ei:venID", "pyld:eiRequestEvent/ei:venID", "pyld:eiCreatedEvent/ei:venID")


class MessageError(Exception):
    """The document is not a message of OpenADR 2.0b."""


@dataclass(frozen=True)
class Message:
    """One message, such as an oadrPoll."""

    kind: str
    element: _Element

    @property
    def request_id(self) -> str:
        """Give the request's id as sent; empty if it has none."""
        return self._first(_REQUEST_ID)

    @property
    def ven_id(self) -> str:
        """Give the VEN's id; empty if it has none."""
        return self._first(_VEN_ID).strip()

    def text(self, path: str) -> str:
        """Give the text at a path below the message; empty if there is none."""
        return text_of(self.element, path)

    def find_overlong(self) -> str:
        """Name an element whose text is longer than any identifier may be."""
        for element in self.element.iter(*_SHORT):
            if len((element.text or "").encode()) > MAX_TEXT:
                return str(etree.QName(element).localname)
        return ""

    def _first(self, paths: tuple[str, ...]) -> str:
        return next(filter(None, map(self.text, paths)), "")


def parse_message(document: bytes) -> Message:
    """Parse a document and find its message.

    To validate a tree takes less time than to validate while parsing. That tells what
    is wrong, so an invalid document is parsed a second time.

    Raises:
        MessageError: If it is not well-formed, not valid against the schema, or
            not an oadrPayload.
    """
    try:
        root = etree.fromstring(document, safe_parser())
        if not SCHEMA.validate(root):
            root = etree.fromstring(document, safe_parser(SCHEMA))
    except etree.XMLSyntaxError as error:
        raise MessageError(f"got {str(error)[:160]}, expected OpenADR 2.0b") from error
    signed = root.find("oadr:oadrSignedObject", NAMESPACES)
    if root.tag != f"{_OADR}oadrPayload" or signed is None:
        raise MessageError("expected an oadrPayload as the root")
    element = signed[0]
    return Message(str(etree.QName(element).localname), element)


def safe_parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """Give a parser that resolves nothing, fetches nothing and is bounded."""
    return etree.XMLParser(
        schema=schema,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def text_of(element: _Element, path: str) -> str:
    """Give the text at a path below an element; empty if there is none."""
    return element.findtext(_spelt_out(path), "") or ""


@lru_cache(maxsize=256)
def _spelt_out(path: str) -> str:
    """Put namespaces in the place of prefixes: so it is looked up at once."""
    return _PREFIX.sub(lambda found: f"{{{NAMESPACES[found[1]]}}}", path)
