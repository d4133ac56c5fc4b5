"""One connection: whatever a device sends ends as registers or as a true reason."""

import asyncio
from collections.abc import Callable
from itertools import count

import pytest

from ter_pipelines.formats.register_map import Read
from ter_pipelines.resources.modbus.link import (
    Link,
    NoAnswerError,
    RefusedError,
)
from tests.resources.modbus_at_work import (
    broken_meter,
    free_port,
    over_link,
    reply,
)


def test_nobody_there_is_unreachable_and_tried_once() -> None:
    port = free_port()

    async def ask(link: Link) -> list[str]:
        said = []
        for _ in range(2):
            with pytest.raises(NoAnswerError) as caught:
                await link.read(1, Read(4, 0, 2))
            said.append(caught.value.quality)
        return said

    assert asyncio.run(over_link(port, ask)) == ["UNREACHABLE", "UNREACHABLE"]


@pytest.mark.parametrize(
    ("pieces", "quality", "words"),
    [
        (lambda _: [], "TIMEOUT", "no answer in 0.3 s; is it the right unit?"),
        (lambda r: [reply(r, [1, 2])[:-1]], "BROKEN", "got 12 bytes that are no whole"),
        (lambda r: [reply(r, [1])], "BROKEN", "with 1 registers"),
        (lambda r: [reply(r, [1, 2, 3])], "BROKEN", "with 3 registers"),
        (lambda r: [reply(r, [1, 2], unit=9)], "TIMEOUT", "is it the right unit?"),
        (lambda r: [b"\xff" * 2 + reply(r, [1, 2])[2:]], "TIMEOUT", "no answer"),
        (lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "BROKEN", "no whole answer"),
        (lambda r: [r[:4] + b"\0\x03\x01\x04\xff"], "BROKEN", "the answer is none"),
        (lambda r: [r[:4] + b"\0\x03\x01\x2b\x00"], "BROKEN", "got function 43"),
        (lambda _: [b""], "BROKEN", "the connection ended"),
        (lambda r: [reply(r[:7] + b"\x03", [1, 2])], "BROKEN", "got function 3"),
    ],
    ids=[
        "silence", "truncated", "too few", "too many", "other unit",
        "late answer", "http", "count too large", "other function",
        "hangs up", "holding for input",
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_for_what_it_is(
    pieces: Callable[[bytes], list[bytes]], quality: str, words: str
) -> None:
    async def ask(link: Link) -> NoAnswerError:
        with pytest.raises(NoAnswerError) as caught:
            await link.read(1, Read(4, 0, 2))
        return caught.value

    async def story() -> NoAnswerError:
        async with broken_meter(pieces) as port:
            return await over_link(port, ask)

    told = asyncio.run(story())

    assert (told.quality, words in told.explanation) == (quality, True), told


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, "does not know"),
        (2, "no such registers"),
        (11, "from the unit"),
        (99, "no meaning"),
    ],
)
def test_an_exception_is_told_with_its_meaning(code: int, meaning: str) -> None:
    async def ask(link: Link) -> RefusedError:
        with pytest.raises(RefusedError) as caught:
            await link.read(1, Read(4, 0, 2))
        return caught.value

    async def story() -> RefusedError:
        def refuse(r: bytes) -> list[bytes]:
            return [r[:4] + bytes([0, 3, r[6], r[7] | 0x80, code])]

        async with broken_meter(refuse) as port:
            return await over_link(port, ask)

    told = asyncio.run(story())

    assert told.code == code
    assert meaning in told.explanation


def test_an_answer_in_pieces_is_whole() -> None:
    async def story() -> list[int]:
        def in_pieces(r: bytes) -> list[bytes]:
            whole = reply(r, [7, 8])
            return [whole[:3], whole[3:9], whole[9:]]

        async with broken_meter(in_pieces) as port:
            return await over_link(port, lambda link: link.read(1, Read(3, 0, 2)))

    assert asyncio.run(story()) == [7, 8]


def test_after_a_broken_answer_the_next_one_is_right() -> None:
    requests = count()

    def first_half_then_whole(r: bytes) -> list[bytes]:
        whole = reply(r, [7, 8])
        return [whole[:-2]] if next(requests) == 0 else [whole]

    async def ask(link: Link) -> list[int]:
        with pytest.raises(NoAnswerError):
            await link.read(1, Read(4, 0, 2))
        return await link.read(1, Read(4, 0, 2))

    async def story() -> list[int]:
        async with broken_meter(first_half_then_whole) as port:
            return await over_link(port, ask)

    assert asyncio.run(story()) == [7, 8]
