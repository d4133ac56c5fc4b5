"""Connections on which nothing, or never a whole request, is said."""

import asyncio

import pytest

from tests.attack.at_a_door import (
    ASK_FOR_MUCH,
    HEAD_SECONDS,
    IDLE_SECONDS,
    LOOPS,
    OF_A_STRANGER,
    REQUEST,
    Heard,
    Loop,
    a_door,
    run,
)
from vtn_service.settings import Settings


async def _say(*said: bytes, pause_seconds: float = 0) -> Heard:
    """Say something in parts; give what is heard until the door closes."""
    async with a_door() as door:
        caller = await door.call()
        for part in said:
            caller.say(part)
            await asyncio.sleep(pause_seconds)
        return await caller.hear_all()


def test_a_caller_who_says_nothing_is_let_go() -> None:
    heard = run(_say())

    assert heard.text == b""
    assert HEAD_SECONDS - 0.1 < heard.seconds < IDLE_SECONDS


def test_a_stranger_who_has_been_answered_is_soon_let_go() -> None:
    heard = run(_say(OF_A_STRANGER))

    assert heard.text.startswith(b"HTTP/1.1 200 ")
    assert HEAD_SECONDS - 0.1 < heard.seconds < IDLE_SECONDS


def test_a_stranger_gains_no_time_by_asking_again() -> None:
    heard = run(_say(*[OF_A_STRANGER] * 5, pause_seconds=HEAD_SECONDS / 4))

    assert heard.text.count(b"HTTP/1.1 200 ") < 5
    assert heard.seconds < HEAD_SECONDS * 2


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("said", [REQUEST[:1], REQUEST[:20], REQUEST[:-2]])
def test_a_head_that_is_never_whole_is_refused(said: bytes, loop: Loop) -> None:
    heard = run(_say(said), loop)

    assert heard.text.startswith(b"HTTP/1.1 408 ")
    assert HEAD_SECONDS - 0.1 < heard.seconds < IDLE_SECONDS


def test_a_byte_now_and_then_gains_no_time() -> None:
    async def say_slowly() -> Heard:
        async with a_door() as door:
            caller = await door.call()
            hearing = asyncio.create_task(caller.hear_all())
            for i in range(len(REQUEST) - 1):
                caller.say(REQUEST[i : i + 1])
                if (await asyncio.wait([hearing], timeout=0.03))[0]:
                    break
            return await hearing

    heard = run(say_slowly())

    assert heard.text.startswith(b"HTTP/1.1 408 ")
    assert heard.seconds < IDLE_SECONDS


def test_a_second_head_has_its_time_too() -> None:
    heard = run(_say(REQUEST, REQUEST[:20], pause_seconds=0.05))

    assert heard.text.startswith(b"HTTP/1.1 200 ")
    assert b"hereHTTP/1.1 408 " in heard.text
    assert heard.seconds < IDLE_SECONDS


def test_a_head_in_two_parts_is_a_head() -> None:
    halves = REQUEST[:20], REQUEST[20:]

    heard = run(_say(*halves, *halves, *halves, pause_seconds=HEAD_SECONDS / 3))

    assert heard.text.count(b"HTTP/1.1 200 ") == 3
    assert heard.text.endswith(b"here")


def test_a_caller_who_has_been_answered_is_let_go_when_silent() -> None:
    heard = run(_say(REQUEST))

    assert heard.text.startswith(b"HTTP/1.1 200 ")
    assert heard.text.endswith(b"here")
    assert heard.seconds > IDLE_SECONDS - 0.1


@pytest.mark.parametrize("loop", LOOPS)
def test_a_caller_who_takes_no_answers_is_let_go(loop: Loop) -> None:
    async def ask_and_not_listen() -> None:
        async with a_door() as door:
            caller = await door.call()
            caller.say(ASK_FOR_MUCH)
            await caller.hear(b"\r\n")
            async with asyncio.timeout(10 * IDLE_SECONDS):
                while door.connections():
                    await asyncio.sleep(0.02)

    run(ask_and_not_listen(), loop)


@pytest.mark.parametrize(
    ("poll_seconds", "idle_seconds"), [(1, 62), (10, 80), (1700, 3460), (86400, 3600)]
)
def test_a_connection_outlasts_the_pause_between_polls_up_to_an_hour(
    poll_seconds: int, idle_seconds: int
) -> None:
    settings = Settings.model_validate(
        {"poll_seconds": poll_seconds, "control_key": "example-control-key"}
    )

    assert settings.idle_seconds == idle_seconds
