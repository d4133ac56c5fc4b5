"""Connections on which nothing, or never a whole request, is said."""

import asyncio
from dataclasses import dataclass

import pytest
from aiohttp import web

from vtn_service.doors import open_door
from vtn_service.settings import Settings

REQUEST = b"GET / HTTP/1.1\r\nHost: vtn.example\r\n\r\n"
IDLE_SECONDS = 0.3
PATIENCE = 10


@dataclass(frozen=True)
class Heard:
    """What a caller heard until the door closed, and after how long that was."""

    text: bytes
    seconds: float


async def _answer(_request: web.Request) -> web.Response:
    return web.Response(text="here")


async def _call(said: bytes) -> Heard:
    """Say something through a door and wait until the door closes."""
    app = web.Application()
    app.router.add_get("/", _answer)
    runner, address = await open_door(
        app, "127.0.0.1", 0, "PORT", idle_seconds=IDLE_SECONDS
    )
    loop = asyncio.get_running_loop()
    try:
        began = loop.time()
        port = int(address.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        async with asyncio.timeout(PATIENCE):
            text = await reader.read()
        took = loop.time() - began
        writer.close()
        await writer.wait_closed()
    finally:
        await runner.cleanup()
    return Heard(text, took)


@pytest.mark.parametrize("said", [b"", REQUEST[:20], REQUEST[:-2]])
def test_a_caller_without_a_whole_request_is_let_go(said: bytes) -> None:
    heard = asyncio.run(_call(said))

    assert heard.text == b""
    assert heard.seconds > IDLE_SECONDS - 0.1


def test_a_caller_who_has_been_answered_is_let_go_when_silent() -> None:
    heard = asyncio.run(_call(REQUEST))

    assert heard.text.startswith(b"HTTP/1.1 200 ")
    assert heard.text.endswith(b"here")
    assert heard.seconds > IDLE_SECONDS - 0.1


@pytest.mark.parametrize(
    ("poll_seconds", "idle_seconds"), [(1, 62), (10, 80), (1700, 3460), (86400, 3600)]
)
def test_a_connection_outlasts_the_pause_between_polls_up_to_an_hour(
    poll_seconds: int, idle_seconds: int
) -> None:
    settings = Settings.model_validate(
        {"poll_seconds": poll_seconds, "control_key": "example-key"}
    )

    assert settings.idle_seconds == idle_seconds
