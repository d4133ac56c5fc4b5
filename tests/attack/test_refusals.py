"""The refusals that are kept: nobody can hide those of another."""

from vtn_service.contract import Refused
from vtn_service.refusals import MOST_OF_A_CALLER, MOST_OF_A_KIND, Refusals


def _refused(address: str, *, ven_id: str = "", status: int = 403) -> Refused:
    return Refused("2026-01-01T00:00:00Z", address, ven_id, status, "wrong")


def test_a_flood_of_one_address_hides_nobody_elses() -> None:
    subject = Refusals()
    told = [_refused("192.0.2.1"), _refused("192.0.2.2", ven_id="v1")]
    for refused in told:
        subject.keep(refused)

    for status in (0, 403):
        for i in range(1000):
            subject.keep(_refused(f"2001:db8::{i:x}", status=status))
    for _ in range(1000):
        subject.keep(_refused("192.0.2.9", ven_id="v9"))

    kept = subject.newest()
    assert kept[-2:] == [told[1], told[0]]
    assert len(kept) == 2 + 3 * MOST_OF_A_CALLER


def test_a_flood_of_many_addresses_hides_no_ven_and_no_handshake() -> None:
    subject = Refusals()
    told = [_refused("192.0.2.1", status=0), _refused("192.0.2.2", ven_id="v1")]
    for refused in told:
        subject.keep(refused)

    for i in range(2 * MOST_OF_A_KIND):
        subject.keep(_refused(f"10.0.{i >> 8}.{i & 255}"))

    kept = subject.newest()
    assert kept[-2:] == [told[1], told[0]]
    assert len(kept) == 2 + MOST_OF_A_KIND
    assert kept[0].address == "10.0.3.231"
