"""OpenADR 2.0b messages, as far as a check of a connection writes and reads them.

Devices' own messages are the VTN's business; nothing of them is read here.
"""

from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution

from lxml import etree
from lxml.etree import QName

from ter_pipelines.vocab.errors import FormatError

_OADR = "http://openadr.org/oadr-2.0b/2012/07"
_EI = "http://docs.oasis-open.org/ns/energyinterop/201110"
_PYLD = f"{_EI}/payloads"


@dataclass(frozen=True)
class Answered:
    """What was answered: the message's name, its response code and what it says."""

    kind: str
    code: str
    description: str


def query_registration(request_id: str) -> bytes:
    """Write an oadrQueryRegistration, which asks what a VTN speaks.

    Args:
        request_id: Letters, digits and dashes.
    """
    return (
        f'<oadrPayload xmlns="{_OADR}"><oadrSignedObject>'
        f'<oadrQueryRegistration xmlns:ei="{_EI}" ei:schemaVersion="2.0b">'
        f'<requestID xmlns="{_PYLD}">{request_id}</requestID>'
        "</oadrQueryRegistration></oadrSignedObject></oadrPayload>"
    ).encode()


def read_answer(document: bytes) -> Answered:
    """Read a message, which must be valid against the schema of OpenADR 2.0b.

    Raises:
        FormatError: If it is not.
    """
    parser = etree.XMLParser(
        schema=_schema(),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise FormatError(
            f"Answer: got {str(error)[:160]}, expected a message of OpenADR 2.0b"
        ) from error
    message = root.find(f"{{{_OADR}}}oadrSignedObject/*")
    if message is None:
        raise FormatError(
            f"Answer: got {QName(root).localname}, expected an oadrPayload"
        )
    response = f"{{{_EI}}}eiResponse/{{{_EI}}}"
    return Answered(
        QName(message).localname,
        message.findtext(f"{response}responseCode", "").strip(),
        message.findtext(f"{response}responseDescription", "").strip(),
    )


@cache
def _schema() -> etree.XMLSchema:
    """Give the schema, whose files come with openleadr."""
    file = distribution("openleadr").locate_file("openleadr/schema/oadr_20b.xsd")
    return etree.XMLSchema(etree.parse(str(file)))
