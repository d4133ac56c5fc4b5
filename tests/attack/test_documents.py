"""Hostile documents get a 400 or the protocol's error, and the process lives on."""

import codecs

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork

POLL = messages.poll("v1").decode()
LAUGHS = "".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' if i else '<!ENTITY l0 "ha">'
    for i in range(10)
)
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
ATTRIBUTES = [f'a{i}="u"' for i in range(100_000)]
DOCUMENTS = {
    "internal entity": f'<!DOCTYPE x [<!ENTITY e "v1">]>{POLL.replace("v1", "&e;")}',
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>{POLL.replace('v1', '&l9;')}",
    "quadratic": f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]><x>{"&e;" * 5000}</x>',
    "external entity": XXE + POLL.replace("v1", "&e;"),
    "parameter entity": '<!DOCTYPE x [<!ENTITY % e "v1"> %e;]>' + POLL,
    "external parameter entity": (
        f'<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/hostname"> %e;]>{POLL}'
    ),
    "DTD after a declaration": f'<?xml version="1.0"?><!DOCTYPE x>{POLL}',
    "DTD after a comment": f"<!-- x --><!DOCTYPE x []>{POLL}",
    "default attribute": f'<!DOCTYPE x [<!ATTLIST x a CDATA "&e;">]>{POLL}',
    "external DTD": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{POLL}',
    "small letters": f"<!doctype x>{POLL}",
    "undefined entity": POLL.replace("v1", "&e;"),
    "deep nesting": "<a>" * 100_000 + "</a>" * 100_000,
    "never closed": "<a>" * 300_000,
    "many attributes": f"<x {' '.join(ATTRIBUTES)}/>",
    "many namespaces": f"<x {' xmlns:'.join(('', *ATTRIBUTES))}/>",
    "a long name": f"<{'x' * 1_000_000}/>",
    "a forbidden character": POLL.replace("v1", "&#0;"),
    "inclusion": (
        '<x xmlns:xi="http://www.w3.org/2001/XInclude">'
        '<xi:include href="file:///etc/hostname" parse="text"/></x>'
    ),
    "a schema of its own": POLL.replace(
        "<oadr:oadrPayload",
        '<oadr:oadrPayload xmlns:s="http://www.w3.org/2001/XMLSchema-instance"'
        ' s:schemaLocation="http://127.0.0.1:9/ http://127.0.0.1:9/x.xsd" s:x="y"',
    ),
    "XML 1.1": f'<?xml version="1.1" encoding="UTF-16"?>{POLL}',
    "junk": "x" * 1_000_000,
    "empty": "",
    "blank": "  \n",
    "another schema": '<feed xmlns="http://www.w3.org/2005/Atom"/>',
    "a part for the whole": POLL[POLL.index("<oadr:oadrSignedObject") :],
    "latin": f'<?xml version="1.0" encoding="ISO-8859-1"?>{POLL}',
    "cut short": POLL[:-9],
    "two roots": POLL + POLL,
    "nul": POLL.replace("v1", "v\0001"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused(vtn: VtnAtWork, name: str) -> None:
    vtn.enrol("v1")

    response = vtn.post("v1", "OadrPoll", DOCUMENTS[name].encode())

    assert response.status_code == 400
    assert len(response.content) < 300


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused(vtn: VtnAtWork, encoding: str) -> None:
    vtn.enrol("v1")

    for document in (POLL, f"<?xml version='1.0'?>{XXE}{POLL}"):
        response = vtn.post("v1", "OadrPoll", document.encode(encoding))
        assert response.status_code == 400


def test_utf8_may_say_so(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    declared = b'<?xml version="1.0" encoding="UTF-8"?>' + messages.poll("v1")

    for document in (declared, codecs.BOM_UTF8 + declared):
        assert vtn.post("v1", "OadrPoll", document).status_code == 200
