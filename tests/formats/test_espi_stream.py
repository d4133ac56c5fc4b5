"""Hostile and broken files are refused before anything of them is given."""

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.espi import OURS, TREE, peak_mb
from ter_pipelines.formats.espi import read_feed, survey_feed
from ter_pipelines.vocab.errors import FormatError
from tests.formats.espi_feeds import (
    ATOM,
    MIDNIGHT,
    Told,
    house,
    quarters,
    told,
)

BODY = house(quarters(5))
BOMB = "".join(
    f'<!ENTITY {grown} "{f"&{each};" * 10}">' for each, grown in pairwise("abcdefghi")
)


def refusal_of(body: str | bytes, max_bytes: int = 1 << 30) -> str:
    """Survey a feed that is refused; give the message."""
    raw = body.encode() if isinstance(body, str) else body
    with pytest.raises(FormatError) as caught:
        survey_feed(BytesIO(raw), "bad.xml", max_bytes=max_bytes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("", "5"),
        ('<!ENTITY a "5">', "&a;"),
        ('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        ('<!ENTITY a SYSTEM "http://127.0.0.1:9/a">', "&a;"),
        ('<!ENTITY % a SYSTEM "http://127.0.0.1:9/a"> %a;', "5"),
    ],
)
def test_a_document_type_is_refused(declared: str, used: str) -> None:
    body = f"<!DOCTYPE feed [{declared}]>{BODY.replace('>5<', f'>{used}<')}"

    said = refusal_of(body)

    assert said == "bad.xml: got a document type, expected none"


@pytest.mark.parametrize("used", ['<feed a="&i;"></feed>', "<feed>&i;</feed>"])
def test_entities_that_grow_are_refused(used: str) -> None:
    body = f'<!DOCTYPE feed [<!ENTITY a "lol">{BOMB}]>{used}'

    assert refusal_of(body).startswith("bad.xml: ")


@pytest.mark.parametrize("length", [0, 1, 100, len(BODY) // 2, len(BODY) - 1])
def test_a_file_that_breaks_off_is_refused(length: int) -> None:
    assert refusal_of(BODY[:length]).startswith("bad.xml: ")


@pytest.mark.parametrize(
    "body",
    [
        "PK\x03\x04", "{}", "<html><body>Sign in</body></html>", f"{BODY}x",
        "<feed/>", BODY.replace("</feed>", "</fed>"),
        BODY.replace(">5<", ">&nbsp;<"), BODY.replace(">5<", ">\x00<"),
        '<?xml version="1.0" encoding="none"?>' + BODY,
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused(body: str) -> None:
    assert refusal_of(body).startswith("bad.xml: ")


def test_a_feed_without_entries_says_nothing() -> None:
    empty = f'<feed xmlns="{ATOM}"><title/></feed>'

    assert told(empty) == Told()
    assert "document type" in refusal_of(f"<!DOCTYPE feed []>{empty}")


def test_a_refusal_names_the_line() -> None:
    assert "line 3" in refusal_of(f"\n\n{BODY.replace('</feed>', '</fed>')}")


def test_the_size_has_a_limit() -> None:
    assert len(told(BODY).rows) == 1
    assert survey_feed(BytesIO(BODY.encode()), "a", max_bytes=len(BODY)).name == "a"
    assert refusal_of(BODY, len(BODY) - 1) == f"bad.xml: got over {len(BODY) - 1} bytes"


def test_a_file_of_rubbish_is_refused_before_it_fills_the_memory() -> None:
    body = BODY.replace("</feed>", "<x/>" * (9 << 19) + "</feed>")

    assert "no Green Button feed" in refusal_of(body)


def test_elements_nested_too_deep_are_refused() -> None:
    assert refusal_of(BODY.replace("<feed", "<a>" * 3000 + "<feed")).startswith("bad")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_any_declared_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    body = f'<?xml version="1.0" encoding="{declared}"?>{BODY}'

    assert told(body.encode(encoding)).values[0][2] == [5]


def test_a_file_that_is_cut_between_the_passes_is_refused() -> None:
    survey = survey_feed(BytesIO(BODY.encode()), "cut.xml")

    with pytest.raises(FormatError, match=r"cut\.xml"):
        list(read_feed(BytesIO(BODY[:-3].encode()), survey))


def long_file(folder: Path, days: int, layout: str) -> Path:
    """Write a feed of quarter hours, laid out in one of several ways."""
    held = [quarters(*range(96), start=MIDNIGHT + 86400 * day) for day in range(days)]
    file = folder / f"{days}.xml"
    if layout == "one block":
        held = ["".join(held)]
    body = house(*held)
    if layout == "wrapped blocks":
        body = body.replace("<IntervalBlock", "<x><IntervalBlock")
        body = body.replace("</IntervalBlock>", "</IntervalBlock></x>")
    file.write_text(body)
    return file


@pytest.mark.parametrize("layout", ["one block", "blocks", "wrapped blocks"])
def test_ten_times_the_file_takes_the_same_memory(tmp_path: Path, layout: str) -> None:
    short, long = (long_file(tmp_path, days, layout) for days in (60, 600))

    ours = peak_mb(OURS, long) - peak_mb(OURS, short)
    tree = peak_mb(TREE, long) - peak_mb(TREE, short)

    assert tree > 20
    assert ours < 4
