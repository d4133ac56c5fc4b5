"""What happens often is logged once a minute, with how often it was."""

from structlog.testing import capture_logs

from vtn_service.tally import Tally


def test_it_is_said_at_once_and_then_once_a_minute() -> None:
    seconds = iter([0.0, 1.0, 59.9, 60.0, 61.0, 500.0])
    tally = Tally("knocked", lambda: next(seconds))

    with capture_logs() as logged:
        for i in range(6):
            tally.note(address=f"192.0.2.{i}")

    assert [(line["times"], line["address"]) for line in logged] == [
        (1, "192.0.2.0"),
        (3, "192.0.2.3"),
        (2, "192.0.2.5"),
    ]
    assert {line["event"] for line in logged} == {"knocked"}
