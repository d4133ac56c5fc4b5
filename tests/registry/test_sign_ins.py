"""With the password, or the user, the sign-ins end that were made before."""

import pytest

from ter_pipelines.registry.changes import read_log
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.tokens import LOGIN, PAGES

WORDS, OTHER_WORDS = "twelve chars", "twelve others"


@pytest.fixture
def signed_in(registry: Registry) -> dict[str, str]:
    """Give a member's tokens by label, one of them made at the command line."""
    registry.people.add("mia", WORDS, ["member"])
    labels = (PAGES, LOGIN, "meter-reader")
    return {each: registry.people.new_token("mia", label=each)[0] for each in labels}


def working(registry: Registry, tokens: dict[str, str]) -> set[str]:
    people = registry.people
    return {label for label, token in tokens.items() if people.identify(token)}


def test_a_changed_password_ends_every_sign_in(
    registry: Registry, signed_in: dict[str, str]
) -> None:
    registry.people.set_password("mia", OTHER_WORDS)

    assert working(registry, signed_in) == {"meter-reader"}
    actions = [entry.action for entry in read_log(registry.changes.engine, at_most=3)]
    assert actions == ["token.revoked", "token.revoked", "user.password_changed"]


def test_who_was_shut_out_and_let_in_again_signs_in_anew(
    registry: Registry, signed_in: dict[str, str]
) -> None:
    registry.people.set_enabled("mia", is_enabled=False)
    while_out = working(registry, signed_in)
    registry.people.set_enabled("mia", is_enabled=True)

    assert while_out == set()
    assert working(registry, signed_in) == {"meter-reader"}


def test_letting_somebody_in_who_was_not_out_ends_nothing(
    registry: Registry, signed_in: dict[str, str]
) -> None:
    registry.people.set_enabled("mia", is_enabled=True)

    assert working(registry, signed_in) == set(signed_in)


def test_the_address_of_a_new_user_stands_in_the_log(registry: Registry) -> None:
    registry.people.add("mia", WORDS, ["member"], email="mia@example.com")

    [entry] = read_log(registry.changes.engine)

    assert "mia@example.com" in entry.detail
    assert entry.made_by == "program:ter"
