"""A custodian's small documents: URIs of a notice, status, authorizations."""

import pytest

from ter_pipelines.formats.espi_custodian import (
    MOST_BYTES,
    ONLINE,
    Authorization,
    read_authorizations,
    read_notice,
    read_service_status,
)
from ter_pipelines.vocab.errors import FormatError

TWO = ["https://api.example.org/Batch/Bulk/7?correlationID=a&x=1", "second"]
BOMB = (
    "<!DOCTYPE b [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    "document",
    [
        '<BatchList xmlns="http://naesb.org/espi"><resources>{}</resources>'
        "<resources>{}</resources></BatchList>",
        '<?xml version="1.0" encoding="UTF-8"?>\n<e:BatchList '
        'xmlns:e="http://naesb.org/espi">\\n<e:resources>\n {} \n</e:resources>\\n'
        "<!-- and --><e:resources>{}</e:resources></e:BatchList>",
        "<BatchList><resources>{}</resources><resources>{}</resources></BatchList>",
    ],
)
def test_every_resource_of_a_notice_is_given_in_its_order(document: str) -> None:
    body = document.format(TWO[0].replace("&", "&amp;"), TWO[1]).encode()

    assert read_notice(body) == TWO


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"garbage", "Start tag expected"),
        (b"<BatchList><resources>a</resources>", "Premature end"),
        (b"<feed/>", "got feed, expected BatchList"),
        (b"<BatchList/>", "got no resources"),
        (b"<BatchList><resources> </resources></BatchList>", "got no resources"),
        (b"<!DOCTYPE x><BatchList><resources>a</resources></BatchList>", "type"),
        (
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><BatchList><resources>a'
            b"</resources></BatchList>",
            "document type",
        ),
        (f"{BOMB}<BatchList><resources>&a9;</resources></BatchList>".encode(), ""),
        (f'{BOMB}<BatchList a="&a9;"/>'.encode(), ""),
        (b"<a>" * 100_000, "depth"),
        (b" " * (MOST_BYTES + 1), f"got over {MOST_BYTES} bytes"),
    ],
)
def test_what_is_no_harmless_notice_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=f"^notification: .*{why}"):
        read_notice(body)


def test_a_notice_may_be_as_large_as_the_limit() -> None:
    start, end = b"<BatchList><resources>", b"</resources></BatchList>"
    uri = b"a" * (MOST_BYTES - len(start) - len(end))

    assert read_notice(start + uri + end) == [uri.decode()]


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ('<ServiceStatus xmlns="http://naesb.org/espi"><currentStatus> 1 '
         "</currentStatus></ServiceStatus>", ONLINE),
        ("<ServiceStatus><currentStatus>0</currentStatus></ServiceStatus>", 0),
    ],
)  # fmt: skip
def test_the_status_is_its_number(document: str, status: int) -> None:
    assert read_service_status(document.encode()) == status


@pytest.mark.parametrize("said", ["online", "", "-1", "99999"])
def test_a_status_that_is_no_number_is_none(said: str) -> None:
    document = f"<ServiceStatus><currentStatus>{said}</currentStatus></ServiceStatus>"

    with pytest.raises(FormatError, match=r"^service status: "):
        read_service_status(document.encode())


def test_authorizations_tell_bulk_ids_and_subscriptions() -> None:
    document = """<feed xmlns="http://www.w3.org/2005/Atom">
      <entry><content><Authorization xmlns="http://naesb.org/espi">
        <authorizedPeriod><duration>0</duration></authorizedPeriod>
        <status>1</status><scope>FB=1_3</scope>
        <resourceURI>https://api.example.org/resource/Batch/Bulk/50916</resourceURI>
        </Authorization></content></entry>
      <entry><content><e:Authorization xmlns:e="http://naesb.org/espi">
        <e:resourceURI>https://api.example.org/Batch/Subscription/5/UsagePoint/6
        </e:resourceURI></e:Authorization></content></entry>
    </feed>"""

    bulk, subscription = read_authorizations(document.encode())

    assert bulk == Authorization(
        "https://api.example.org/resource/Batch/Bulk/50916", "1", "FB=1_3", "50916", ""
    )
    assert (subscription.bulk_id, subscription.subscription_id) == ("", "5")


def test_a_page_has_no_authorizations() -> None:
    assert read_authorizations(b"<html/>") == []
