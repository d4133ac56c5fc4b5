"""A URI that was sent to us leads where we allow, or nowhere."""

import pytest

from ter_pipelines.vocab.origins import (
    LONGEST_URI,
    Origin,
    find_refusal,
    origin_of,
    plain_uri,
)

OURS = [Origin("api.example.org", 443), Origin("files.example.org", 8443)]


@pytest.mark.parametrize(
    "uri",
    [
        "https://api.example.org/espi?correlationID=a-1",
        "https://api.example.org:443/espi",
        "https://api.example.org:/espi",
        "HTTPS://API.Example.ORG/espi",
        "https://api.example.org",
        "https://files.example.org:8443/@user",
        "https://api.example.org/" + "a" * (LONGEST_URI - 24),
    ],
)
def test_what_is_ours_may_be_fetched(uri: str) -> None:
    assert find_refusal(uri, OURS) == ""
    assert plain_uri(uri).startswith(f"https://{origin_of(uri)}/")


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://api.example.org.evil.example/", "got api.example.org.evil.example"),
        (
            "https://api.example.orgevil.example/",
            "expected api.example.org:443 or files",
        ),
        ("https://evil.example/api.example.org", "got evil.example:443"),
        (f"https://{OURS[0].host}./", "got api.example.org.:443"),
        ("https://api.example.org@evil.example/", "names a user"),
        ("https://user:word@api.example.org/", "names a user"),
        ("https://api.example.org:8443/", "got api.example.org:8443"),
        ("https://files.example.org/", "got files.example.org:443"),
        ("http://api.example.org/", "got scheme 'http'"),
        ("ftp://api.example.org/", "got scheme 'ftp'"),
        ("//api.example.org/", "got scheme ''"),
        ("api.example.org/espi", "got scheme ''"),
        ("https:///espi", "names no host"),
        ("https://api.example.org:port/", "got no port"),
        ("https://api.example.org:99999/", "got no port"),
        ("https://[::1/", "got no URI"),
        ("https://evil.example\\@api.example.org/", "not part of a URI"),
        ("https://api.example.org/\r\nX: y", "not part of a URI"),
        ("https://api.example.org/a b", "not part of a URI"),
        ("https://\u0430pi.example.org/", "not part of a URI"),
        ("", "nothing at all"),
        ("https://api.example.org/" + "a" * (LONGEST_URI - 23), "got 2001 characters"),
    ],
)
def test_what_is_not_ours_is_refused_with_its_reason(uri: str, why: str) -> None:
    assert why in find_refusal(uri, OURS)


def test_a_uri_is_written_anew_without_what_is_not_sent() -> None:
    assert plain_uri("https://[::1]/a;b?c=d&e#f") == "https://[::1]:443/a;b?c=d&e"
