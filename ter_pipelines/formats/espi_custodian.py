"""A data custodian's small documents: notifications, service status, authorizations.

Feeds of usage are in `formats.espi`. Document types are refused, entities and the
network are off, and none of them may be large.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ter_pipelines.vocab.errors import FormatError

MOST_BYTES = 1 << 20
ONLINE = 1
_ESPI = "http://naesb.org/espi"
_BULK = re.compile(r"/Batch/Bulk/([A-Za-z0-9]+)(?:[/?]|$)")
_SUBSCRIPTION = re.compile(r"/Subscription/([A-Za-z0-9]+)(?:[/?]|$)")
_CODE = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Authorization:
    """What a customer, or many, let us have.

    Args:
        resource_uri: Where it is.
        status: As sent; 1 is in force.
        scope: As sent.
        bulk_id: Number of the bulk it is part of; empty if of none.
        subscription_id: Number of the subscription; empty if of none.
    """

    resource_uri: str
    status: str
    scope: str
    bulk_id: str
    subscription_id: str


def read_notice(body: bytes) -> list[str]:
    """Read a notification (BatchList): every resource URI, in its order.

    The URIs are as they were sent; nobody has judged them.

    Raises:
        FormatError: If it is no BatchList, or names nothing.
    """
    root = _document(body, "notification")
    if _name(root) != "BatchList":
        raise FormatError(f"notification: got {_name(root)[:60]}, expected BatchList")
    uris = [_text(child) for child in _all(root, "resources")]
    if not any(uris):
        raise FormatError("notification: got no resources, expected one URI or more")
    return uris


def read_service_status(body: bytes) -> int:
    """Read a ServiceStatus; `ONLINE` is 1.

    Raises:
        FormatError: If it states none.
    """
    root = _document(body, "service status")
    for found in _all(root, "currentStatus"):
        if _CODE.fullmatch(_text(found)):
            return int(_text(found))
    raise FormatError(
        f"service status: got {_name(root)[:60]}, expected a ServiceStatus with a "
        "number as its currentStatus"
    )


def read_authorizations(body: bytes) -> list[Authorization]:
    """Read every Authorization of a feed, or the one of a document.

    Raises:
        FormatError: If it is not well-formed XML.
    """
    root = _document(body, "authorizations")
    return [_authorization(element) for element in _all(root, "Authorization")]


def _authorization(element: etree._Element) -> Authorization:
    said = {_name(child): _text(child) for child in element.iter(etree.Element)}
    uri = said.get("resourceURI", "")
    bulk, subscription = _BULK.search(uri), _SUBSCRIPTION.search(uri)
    return Authorization(
        uri,
        said.get("status", ""),
        said.get("scope", ""),
        bulk[1] if bulk else "",
        subscription[1] if subscription else "",
    )


def _document(body: bytes, what: str) -> etree._Element:
    """Parse a document that is small and harmless."""
    if len(body) > MOST_BYTES:
        raise FormatError(f"{what}: got over {MOST_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise FormatError(f"{what}: {error.msg}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise FormatError(f"{what}: got a document type, expected none")
    return root


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Give every element of a name, of ESPI or of no namespace."""
    return root.iter(f"{{{_ESPI}}}{name}", name)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()
