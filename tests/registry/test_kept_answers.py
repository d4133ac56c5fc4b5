"""What one attempt at a request was answered is never taken for another's."""

from ter_pipelines.registry.kept_answers import (
    LONGEST_REFUSAL_BYTES,
    Answer,
    Once,
    find_answer,
    keep_answer,
)
from ter_pipelines.registry.registry import Registry, utc_now

MADE = Answer(201, "application/json", b'{"id": 1}', "/devices/1/")
REFUSED = Answer(409, "application/json", b'{"detail": "being carried out"}')


def change(registry: Registry, once: Once) -> None:
    with registry.acting("nisc", once).changes.making() as made:
        made.note("device.added", "device 1")


def test_who_came_second_does_not_replace_the_answer(registry: Registry) -> None:
    engine, at = registry.changes.engine, utc_now()
    first, second = Once(1, "key", "same"), Once(1, "key", "same")
    change(registry, first)
    keep_answer(engine, first, at, MADE)

    known = keep_answer(engine, second, at, REFUSED)

    kept = find_answer(engine, first)
    assert kept is not None
    assert known == kept
    assert (kept.status, kept.body) == (MADE.status, MADE.body)
    assert kept.content_location == "/devices/1/"


def test_who_came_second_does_not_answer_for_who_is_at_work(registry: Registry) -> None:
    engine, at = registry.changes.engine, utc_now()
    first, second = Once(1, "key", "same"), Once(1, "key", "same")
    change(registry, first)

    known = keep_answer(engine, second, at, REFUSED)
    keep_answer(engine, first, at, MADE)

    kept = find_answer(engine, first)
    assert known is not None
    assert known.status is None
    assert kept is not None
    assert kept.status == MADE.status


def test_of_two_refusals_the_first_stays(registry: Registry) -> None:
    engine, at = registry.changes.engine, utc_now()
    first, second = Once(1, "key", "same"), Once(1, "key", "same")

    none = keep_answer(engine, first, at, REFUSED)
    known = keep_answer(engine, second, at, Answer(400, "text/plain", b"no"))

    assert none is None
    assert known is not None
    assert known.status == REFUSED.status


def test_what_changed_something_is_kept_however_long(registry: Registry) -> None:
    engine, at = registry.changes.engine, utc_now()
    once = Once(1, "key", "same")
    change(registry, once)
    long = Answer(201, "application/json", b"x" * 2_000_000)

    keep_answer(engine, once, at, long)

    kept = find_answer(engine, once)
    assert kept is not None
    assert kept.body == long.body


def test_a_long_refusal_is_not_kept(registry: Registry) -> None:
    engine, at = registry.changes.engine, utc_now()
    short = b"x" * LONGEST_REFUSAL_BYTES

    for key, body in (("short", short), ("long", short + b"x")):
        keep_answer(engine, Once(1, key, "same"), at, Answer(400, "text/plain", body))

    assert find_answer(engine, Once(1, "short", "same")) is not None
    assert find_answer(engine, Once(1, "long", "same")) is None
