"""Short messages are read by the loop itself, one each time it comes round."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from operator import mul

import pytest

from vtn_service.bodies import TOLD_TOGETHER, Reader

MANY = 3 * TOLD_TOGETHER + 1


async def read_each(reader: Reader, works: list[Callable[[], object]]) -> list[object]:
    """Read messages of as many VENs; give what came of each."""
    reading = (reader.read_short(f"v{i}", work) for i, work in enumerate(works))
    return await asyncio.gather(*reading, return_exceptions=True)


def test_it_is_read_where_nobody_else_can_be_at_work() -> None:
    async def story() -> int:
        return await Reader().read_short("v1", threading.get_ident)

    assert asyncio.run(story()) == threading.get_ident()


@pytest.mark.parametrize("count", [1, TOLD_TOGETHER, TOLD_TOGETHER + 1, MANY])
def test_each_gets_what_came_of_its_own(count: int) -> None:
    found = asyncio.run(
        read_each(Reader(), [partial(mul, 10, i) for i in range(count)])
    )

    assert found == [10 * i for i in range(count)]


def test_the_loop_comes_round_between_two() -> None:
    async def story() -> list[str]:
        happened: list[str] = []

        async def poll_on() -> None:
            for _ in range(MANY):
                happened.append("poll")
                await asyncio.sleep(0)

        polling = asyncio.create_task(poll_on())
        await read_each(Reader(), [lambda: happened.append("report")] * MANY)
        await polling
        return happened

    happened = asyncio.run(story())

    pairs = list(pairwise(happened))
    assert happened.count("report") == MANY
    assert ("report", "report") not in pairs[:MANY]


def test_one_that_fails_fails_alone() -> None:
    def fail() -> object:
        raise ValueError("got nothing")

    found = asyncio.run(read_each(Reader(), [lambda: 1, fail, lambda: 3]))

    assert found[0::2] == [1, 3]
    assert isinstance(found[1], ValueError)


def test_one_that_nobody_waits_for_any_more_is_not_read() -> None:
    read: list[int] = []

    async def story() -> None:
        reader = Reader()
        waiting = [
            asyncio.create_task(reader.read_short(f"v{i}", read.append, i))
            for i in range(3)
        ]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.wait(waiting)

    asyncio.run(story())

    assert read == [0, 2]


def test_of_one_ven_there_is_never_more_than_one_in_line() -> None:
    read: list[str] = []

    async def story() -> None:
        reader = Reader()
        greedy = [reader.read_short("v1", read.append, "v1") for _ in range(MANY)]
        modest = reader.read_short("v2", read.append, "v2")
        await asyncio.gather(*greedy, modest)

    asyncio.run(story())

    assert read.count("v1") == MANY
    assert read.index("v2") <= 1


def test_those_of_many_are_told_together_but_not_all_at_the_end() -> None:
    async def story() -> list[int]:
        reader = Reader()
        read: list[int] = []
        told_after: list[int] = []

        async def one(i: int) -> None:
            await reader.read_short(f"v{i}", read.append, i)
            told_after.append(len(read))

        await asyncio.gather(*(one(i) for i in range(2 * TOLD_TOGETHER)))
        return told_after

    told_after = asyncio.run(story())

    assert min(told_after) >= TOLD_TOGETHER
    assert min(told_after) < 2 * TOLD_TOGETHER


def test_a_failure_does_not_outlive_who_was_told() -> None:
    class Body:
        """What a message holds."""

    def fail(body: Body) -> object:
        raise ValueError(type(body).__name__)

    async def story() -> object:
        body = Body()
        seen = weakref.ref(body)
        with suppress(ValueError):
            await Reader().read_short("v1", fail, body)
        del body
        await asyncio.sleep(0)
        return seen()

    gc.disable()
    try:
        assert asyncio.run(story()) is None
    finally:
        gc.enable()
