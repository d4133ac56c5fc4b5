"""Limits: who asks too much waits or is refused, and nobody else is."""

import pytest

from vtn_service import limits
from vtn_service.guard import Refusal
from vtn_service.identity import Shown
from vtn_service.limits import Limits, Newest, network_of
from vtn_service.settings import Settings

ADDRESS = "192.0.2.1"
DAY = 86_400
MEBIBYTE = 1024 * 1024


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the time in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


def limits_of(clock: Clock, **settings: object) -> Limits:
    """Give limits; the defaults where nothing else is set."""
    given = {"control_key": "example-control-key", **settings}
    return Limits(Settings.model_validate(given), clock)


def shown(digest: str = "wrong", address: str = ADDRESS) -> Shown:
    """Give what a caller shows."""
    return Shown(address, digest, "")


def is_turned_away(subject: Limits, caller: Shown) -> bool:
    """Tell whether an address is refused without a look at what it shows."""
    if subject.is_known(caller):
        return False
    try:
        subject.require_address(caller)
    except Refusal as refusal:
        return refusal.status == 429
    return False


def test_ten_seconds_worth_needs_no_waiting(clock: Clock) -> None:
    subject = limits_of(clock, requests_per_second=3)

    waits = [subject.turn_of("v1") for _ in range(31)]

    assert waits[:30] == [0.0] * 30
    assert waits[30] == pytest.approx(1 / 3)


def test_who_asks_one_by_one_is_slowed_but_never_refused(clock: Clock) -> None:
    subject = limits_of(clock)
    began = clock.now

    for _ in range(2976):
        clock.now += subject.turn_of("v1")

    assert clock.now - began == pytest.approx((2976 - 100) / 10)


def test_what_would_wait_longer_than_ten_seconds_is_refused(clock: Clock) -> None:
    subject = limits_of(clock, requests_per_second=2)
    waits = [subject.turn_of("v1") for _ in range(40)]

    with pytest.raises(Refusal) as refused:
        subject.turn_of("v1")
    clock.now += 0.5

    assert waits[-1] == pytest.approx(10)
    assert refused.value.status == 429
    assert refused.value.headers == {"Retry-After": "1"}
    assert subject.turn_of("v1") == pytest.approx(10)


def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    subject = limits_of(clock, requests_per_second=1)
    for _ in range(20):
        subject.turn_of("v1")

    for _ in range(1000):
        with pytest.raises(Refusal):
            subject.turn_of("v1")
    clock.now += 20

    assert [subject.turn_of("v1") for _ in range(10)] == [0.0] * 10


@pytest.mark.parametrize(
    ("size", "at_once"), [(40_000, 31), (65_535, 31), (1_500_000, 4), (8 * MEBIBYTE, 1)]
)
def test_the_reports_of_a_month_in_a_row_are_never_refused(
    clock: Clock, size: int, at_once: int
) -> None:
    subject = limits_of(clock)

    waits = []
    for _ in range(31):
        waits.append(subject.turn_of("v1"))
        clock.now += waits[-1]
        subject.charge("v1", size)

    assert waits[:at_once] == [0.0] * at_once
    assert max(waits) <= limits.LONGEST_WAIT_SECONDS


def test_a_large_message_counts_as_many_requests(clock: Clock) -> None:
    subject = limits_of(clock)

    subject.charge("v1", 99 * limits.BYTES_OF_A_REQUEST)
    before = subject.debt_of("v1")
    subject.charge("v1", limits.BYTES_OF_A_REQUEST)
    owed = subject.debt_of("v1")
    subject.charge("v1", 100 * limits.BYTES_OF_A_REQUEST)

    assert before == 0.0
    assert owed == pytest.approx(0.1)
    assert subject.debt_of("v1") == pytest.approx(limits.LONGEST_DEBT_SECONDS + 0.1)
    assert subject.debt_of("v2") == 0.0


def test_a_debt_is_never_so_long_that_one_request_is_refused(clock: Clock) -> None:
    subject = limits_of(clock)

    for _ in range(10):
        subject.charge("v1", 8 * MEBIBYTE)

    assert subject.turn_of("v1") <= limits.LONGEST_WAIT_SECONDS


def test_one_ven_does_not_slow_another(clock: Clock) -> None:
    subject = limits_of(clock, requests_per_second=1)
    for _ in range(20):
        subject.turn_of("v1")

    assert subject.turn_of("v2") == 0.0


def test_a_very_low_rate_still_lets_one_request_through(clock: Clock) -> None:
    subject = limits_of(clock, requests_per_second=0.01)

    assert subject.turn_of("v1") == 0.0
    with pytest.raises(Refusal) as refused:
        subject.turn_of("v1")

    assert refused.value.headers == {"Retry-After": "90"}


def test_a_ven_that_polls_all_day_never_waits(clock: Clock) -> None:
    subject = limits_of(clock)

    for _ in range(DAY // 10):
        clock.now += 10
        assert subject.turn_of("v1") == 0.0


def test_an_address_is_refused_after_so_many_wrong_identities(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=3)

    before = []
    for _ in range(3):
        before.append(is_turned_away(subject, shown()))
        subject.note_refusal(shown())

    assert before == [False] * 3
    assert is_turned_away(subject, shown())
    assert is_turned_away(subject, shown("another"))
    assert not is_turned_away(subject, shown(address="192.0.2.2"))


def test_an_address_is_looked_at_again_at_the_rate(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=3)
    for _ in range(3):
        subject.note_refusal(shown())

    with pytest.raises(Refusal) as refused:
        subject.require_address(shown())
    clock.now += 19.9
    early = is_turned_away(subject, shown())
    clock.now += 0.2

    assert refused.value.headers == {"Retry-After": "20"}
    assert early
    assert not is_turned_away(subject, shown())
    subject.note_refusal(shown())
    assert is_turned_away(subject, shown())


def test_a_neighbour_of_a_misconfigured_device_gets_in(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=3)
    good, new = shown("good"), shown("new")
    subject.note_let_in(good)

    for _ in range(100):
        subject.note_refusal(shown())

    assert not is_turned_away(subject, good)
    assert is_turned_away(subject, new)


def test_an_identity_is_good_only_until_it_is_refused(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=1)
    subject.note_let_in(shown("good"))

    subject.note_refusal(shown("good"))

    assert is_turned_away(subject, shown("good"))


def test_a_trusted_proxy_is_never_refused_itself(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=1, trusted_proxies="192.0.2.0/30")

    for _ in range(5):
        subject.note_refusal(shown())
        subject.note_refusal(shown(address="192.0.2.4"))

    assert not is_turned_away(subject, shown())
    assert is_turned_away(subject, shown(address="192.0.2.4"))


def test_an_ipv6_network_is_one_caller(clock: Clock) -> None:
    subject = limits_of(clock, refusals_per_minute=1)

    subject.note_refusal(shown(address="2001:db8:0:1::1"))

    assert is_turned_away(subject, shown(address="2001:db8:0:1:ffff::2"))
    assert not is_turned_away(subject, shown(address="2001:db8:0:2::1"))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
        ("", ""),
        ("x" * 1000, "x" * 45),
    ],
)
def test_whatever_a_proxy_tells_is_one_short_name(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_is_remembered_is_bounded(clock: Clock) -> None:
    known: Newest[int, None] = Newest()
    subject = limits_of(clock, refusals_per_minute=1)

    for i in range(limits.MOST_REMEMBERED + 1):
        known[i] = None
    known[1] = None
    known[-1] = None

    assert len(known) == limits.MOST_REMEMBERED
    assert (0 in known, 1 in known, 2 in known) == (False, True, False)
    subject.note_refusal(shown())
    for i in range(limits.MOST_REMEMBERED):
        subject.note_refusal(shown(address=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"))
    assert not is_turned_away(subject, shown())
