"""Tokens carry what they may, stop when told to, and are kept only as a digest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.errors import FieldError, InputError

WORDS = "twelve chars"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that is set by hand."""

    instant: datetime = NOON

    def __call__(self) -> datetime:
        return self.instant


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path, now=clock)
    registry.migrate()
    registry.people.add("anna", WORDS, ["operator"])
    yield registry
    registry.close()


def test_a_token_lets_its_user_in_with_all_they_may(registry: Registry) -> None:
    secret, token = registry.people.new_token("anna", label="report")

    user = registry.people.identify(secret)

    assert user is not None
    assert (user.name, user.token_id) == ("anna", token.id)
    assert "log:read" in user.scopes


def test_a_token_carries_only_its_scopes(registry: Registry) -> None:
    secret, _ = registry.people.new_token("anna", label="feed", scopes=["prices:read"])

    user = registry.people.identify(secret)

    assert user is not None
    assert user.scopes == {"prices:read"}


def test_a_token_never_carries_more_than_its_user_may(registry: Registry) -> None:
    with pytest.raises(InputError, match="got scopes prices:write, which user 'anna'"):
        registry.people.new_token("anna", label="more", scopes=["prices:write"])


def test_a_token_ends_when_it_is_over_or_revoked(
    registry: Registry, clock: Clock
) -> None:
    short, _ = registry.people.new_token("anna", label="a", lasts=timedelta(hours=1))
    taken, token = registry.people.new_token("anna", label="b")

    clock.instant = NOON + timedelta(minutes=59, seconds=59)
    before = registry.people.identify(short)
    clock.instant = NOON + timedelta(hours=1)
    after = registry.people.identify(short)
    registry.people.revoke(token.id)

    assert before is not None
    assert after is None
    assert registry.people.identify(taken) is None


def test_a_disabled_users_tokens_stop_at_once(registry: Registry) -> None:
    secret, _ = registry.people.new_token("anna", label="report")

    registry.people.set_enabled("anna", is_enabled=False)

    assert registry.people.identify(secret) is None


@pytest.mark.parametrize("text", ["", "0" * 64, "no token", "A" * 64, "0" * 65, "\x00"])
def test_what_is_no_token_lets_nobody_in(registry: Registry, text: str) -> None:
    assert registry.people.identify(text) is None


def test_a_token_is_nowhere_in_the_database(registry: Registry, tmp_path: Path) -> None:
    secret, _ = registry.people.new_token("anna", label="report")
    registry.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.glob("registry.sqlite*"))

    assert secret.encode() not in kept
    assert bytes.fromhex(secret) not in kept


def test_its_last_use_is_noted_to_the_minute(registry: Registry, clock: Clock) -> None:
    secret, _ = registry.people.new_token("anna", label="report")

    registry.people.identify(secret)
    clock.instant = NOON + timedelta(seconds=59)
    registry.people.identify(secret)
    soon = registry.people.tokens("anna")[0].last_used_at
    clock.instant = NOON + timedelta(seconds=60)
    registry.people.identify(secret)

    assert soon == NOON
    assert registry.people.tokens()[0].last_used_at == clock.instant


@pytest.mark.parametrize("label", ["", "x" * 129, "a\nb"])
def test_a_label_is_for_people_to_read(registry: Registry, label: str) -> None:
    with pytest.raises(InputError, match="expected a label"):
        registry.people.new_token("anna", label=label)


def test_a_token_that_is_not_there_cannot_be_revoked(registry: Registry) -> None:
    with pytest.raises(InputError, match="token 7: does not exist"):
        registry.people.revoke(7)
    with pytest.raises(InputError, match="user 'nobody': does not exist"):
        registry.people.new_token("nobody", label="x")


def test_only_a_member_has_meters(registry: Registry) -> None:
    registry.people.add("mia", WORDS, ["member"], meter_ids=["TER0001"])
    registry.people.set_meters("mia", ["TER0002", "TER0003"])

    user = registry.people.authenticate("mia", WORDS)

    assert user is not None
    assert user.meter_ids == {"TER0002", "TER0003"}
    with pytest.raises(InputError, match="expected the role member"):
        registry.people.set_meters("anna", ["TER0001"])


def test_an_address_is_one_persons(registry: Registry) -> None:
    registry.people.add("mia", WORDS, ["member"], email="mia@example.com")

    with pytest.raises(FieldError, match="is already taken"):
        registry.people.add("max", WORDS, ["member"], email="mia@example.com")
    with pytest.raises(FieldError, match="Enter a valid email address"):
        registry.people.add("max", WORDS, ["member"], email="no address")
