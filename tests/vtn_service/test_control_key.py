"""The control door's lock: who guesses is not looked at; who has the key gets in."""

from collections.abc import Callable

import pytest
from aiohttp.test_utils import make_mocked_request

from tests.vtn_service.test_limits import Clock
from vtn_service.control.key import Lock
from vtn_service.guard import Refusal

KEY = "example-control-key"
GUESSER, PIPELINE = "192.0.2.1", "192.0.2.2"
Asked = Callable[[str, str], int]


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def ask(clock: Clock) -> Asked:
    """Give how to ask from an address with a key, at three wrong ones a minute."""
    lock = Lock(KEY, wrong_per_minute=3, clock=clock)

    def asked(address: str, key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        request = make_mocked_request("GET", "/", headers).clone(remote=address)
        try:
            lock.require_key(request)
        except Refusal as refusal:
            return refusal.status
        return 200

    return asked


def test_an_address_that_guesses_is_looked_at_no_more(ask: Asked) -> None:
    guessed = [ask(GUESSER, f"guess-{i}") for i in range(5)]

    assert guessed == [401, 401, 401, 429, 429]
    assert ask(GUESSER, KEY) == 429
    assert ask(PIPELINE, KEY) == 200


def test_an_address_is_looked_at_again_at_the_rate(ask: Asked, clock: Clock) -> None:
    for i in range(50):
        ask(GUESSER, f"guess-{i}")

    clock.now += 19
    early = ask(GUESSER, KEY)
    clock.now += 2

    assert (early, ask(GUESSER, KEY)) == (429, 200)


def test_who_had_the_key_gets_in_whoever_guesses_beside_it(ask: Asked) -> None:
    ask(PIPELINE, KEY)

    guessed = [ask(PIPELINE, f"guess-{i}") for i in range(50)]

    assert set(guessed) == {401}
    assert ask(PIPELINE, KEY) == 200
