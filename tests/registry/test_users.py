"""Users sign in with their password and roles, and stop at once when told to."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from ter_pipelines.registry.database import open_engine, reading
from ter_pipelines.registry.passwords import REMEMBERED_SIGN_INS, PasswordCheck, Queue
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.tables import user_account
from ter_pipelines.vocab.errors import InputError, RemoteError

OLD = "twelve chars"
NEW = "another twelve"


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Give one database for what asks it little and hashes passwords long."""
    return f"sqlite:///{tmp_path}/registry.sqlite"


def roles_of(registry: Registry, name: str, password: str) -> frozenset[str] | None:
    """Give the roles of whoever signs in like this."""
    user = registry.people.authenticate(name, password)
    return None if user is None else user.roles


def test_a_user_signs_in_with_their_password_only(registry: Registry) -> None:
    registry.people.add("prais", OLD, ["prices", "operator"])

    assert roles_of(registry, "prais", OLD) == frozenset({"prices", "operator"})
    assert roles_of(registry, "prais", OLD) == frozenset({"prices", "operator"})
    assert roles_of(registry, "prais", OLD + " ") is None
    assert roles_of(registry, "prais", "") is None
    assert roles_of(registry, "Prais", OLD) is None
    assert roles_of(registry, "nobody", OLD) is None
    assert roles_of(registry, "a\x00b:c", OLD) is None


def test_passwords_are_stored_as_argon2_hashes(
    registry: Registry, address: str
) -> None:
    registry.people.add("prais", OLD, ["prices"])

    engine = open_engine(address)
    with reading(engine) as connection:
        stored = connection.execute(select(user_account.c.password_hash)).scalar_one()
    engine.dispose()

    assert stored.startswith("$argon2id$")
    assert OLD not in stored


def test_a_changed_password_counts_at_once(registry: Registry) -> None:
    registry.people.add("prais", OLD, ["prices"])
    roles_of(registry, "prais", OLD)

    registry.people.set_password("prais", NEW)

    assert roles_of(registry, "prais", OLD) is None
    assert roles_of(registry, "prais", NEW) == frozenset({"prices"})


def test_a_disabled_user_is_out_at_once_and_comes_back(registry: Registry) -> None:
    registry.people.add("prais", OLD, ["prices"])
    roles_of(registry, "prais", OLD)

    registry.people.set_enabled("prais", is_enabled=False)
    while_disabled = roles_of(registry, "prais", OLD)
    registry.people.set_enabled("prais", is_enabled=True)

    assert while_disabled is None
    assert roles_of(registry, "prais", OLD) == frozenset({"prices"})


def test_a_name_is_given_once(registry: Registry) -> None:
    registry.people.add("prais", OLD, ["prices"])

    with pytest.raises(InputError, match="user 'prais': exists already"):
        registry.people.add("prais", NEW, ["meters"])

    assert roles_of(registry, "prais", OLD) == frozenset({"prices"})


@pytest.mark.parametrize(
    ("name", "password", "roles", "message"),
    [
        ("prais", "eleven char", ["prices"], "got a password of 11 characters"),
        (
            "prais",
            OLD,
            ["root"],
            "got roles root, expected some of accounts",
        ),
        ("prais", OLD, [], "got roles none"),
        ("pr:ais", OLD, ["prices"], "user 'pr:ais': expected a name"),
        ("", OLD, ["prices"], "expected a name"),
        (" prais", OLD, ["prices"], "expected a name"),
        ("x" * 129, OLD, ["prices"], "expected a name"),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    registry: Registry, name: str, password: str, roles: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        registry.people.add(name, password, roles)

    assert roles_of(registry, name, password) is None


def test_refusals_do_not_repeat_the_password(registry: Registry) -> None:
    with pytest.raises(InputError) as refused:
        registry.people.add("prais", "hunter2", ["prices"])

    assert "hunter2" not in str(refused.value)


def test_changing_a_user_that_is_not_there_is_refused(registry: Registry) -> None:
    with pytest.raises(InputError, match="user 'nobody': does not exist"):
        registry.people.set_password("nobody", NEW)
    with pytest.raises(InputError, match="user 'nobody': does not exist"):
        registry.people.set_enabled("nobody", is_enabled=False)


@dataclass
class CountingVerifier:
    """Takes a stored hash that is the password itself, and counts."""

    count: int = 0

    def __call__(self, password: str, stored_hash: str) -> bool:
        """Compare."""
        self.count += 1
        return password == stored_hash


def test_a_burst_of_sign_ins_is_verified_once() -> None:
    verify = CountingVerifier()
    check = PasswordCheck(verify=verify)

    results = [check.is_right("prais", OLD, OLD) for _ in range(30)]

    assert all(results)
    assert verify.count == 1


def test_another_name_password_or_stored_hash_is_verified_anew() -> None:
    verify = CountingVerifier()
    check = PasswordCheck(verify=verify)
    assert check.is_right("prais", OLD, OLD)

    assert check.is_right("nisc", OLD, OLD)
    assert not check.is_right("prais", NEW, OLD)
    assert not check.is_right("prais", OLD, NEW)
    assert verify.count == 4


def test_wrong_passwords_and_unknown_names_are_verified_every_time() -> None:
    verify = CountingVerifier()
    check = PasswordCheck(verify=verify)

    for _ in range(3):
        assert not check.is_right("prais", NEW, OLD)
        assert not check.is_right("nobody", NEW, None)

    assert verify.count == 6


def test_what_is_remembered_is_forgotten_in_time_and_in_number() -> None:
    verify = CountingVerifier()
    forgetful = PasswordCheck(verify=verify, remembered_seconds=0)
    assert forgetful.is_right("prais", OLD, OLD)
    assert forgetful.is_right("prais", OLD, OLD)
    assert verify.count == 2

    check = PasswordCheck(verify=verify)
    for i in range(REMEMBERED_SIGN_INS + 1):
        check.is_right(f"user{i}", OLD, OLD)
    verify.count = 0
    check.is_right(f"user{REMEMBERED_SIGN_INS}", OLD, OLD)
    assert verify.count == 0
    check.is_right("user0", OLD, OLD)
    assert verify.count == 1


@dataclass
class CountedTries:
    """Counts tries as an address's are, and refuses the third."""

    tries: int = 0

    def count(self) -> None:
        if self.tries == 2:
            raise InputError("too many")
        self.tries += 1

    def give_back(self) -> None:
        self.tries -= 1


def test_only_wrong_passwords_count() -> None:
    check, tries = PasswordCheck(verify=CountingVerifier()), CountedTries()

    for _ in range(5):
        assert check.is_right("prais", OLD, OLD, tries)
    right = tries.tries
    assert not check.is_right("prais", NEW, OLD, tries)
    assert not check.is_right("nobody", NEW, None, tries)

    assert (right, tries.tries) == (0, 2)
    with pytest.raises(InputError, match="too many"):
        check.is_right("prais", NEW, OLD, tries)


def test_who_finds_too_many_waiting_is_sent_away_at_once() -> None:
    queue = Queue(at_once=1, waiting=0, seconds=60)

    with queue.turn(), pytest.raises(RemoteError, match="too many"), queue.turn():
        pass

    with queue.turn():
        pass


def test_nobody_waits_for_ever() -> None:
    queue = Queue(at_once=1, waiting=1, seconds=0.01)

    with queue.turn(), pytest.raises(RemoteError, match="takes too long"), queue.turn():
        pass

    with queue.turn():
        pass
