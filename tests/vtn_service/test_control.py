"""The control door lets nobody in without the key and names what is wrong."""

import pytest
import requests

from tests.vtn_service.at_work import KEY, VtnAtWork, sha256

DIGEST = sha256("example-token-of-control")


def _enrol(vtn: VtnAtWork, ven_id: str, /, **entry: object) -> requests.Response:
    body = {"ven_id": ven_id, "ven_name": "", "token_sha256": DIGEST, **entry}
    return vtn.ask("PUT", f"/vens/{ven_id}", body)


@pytest.mark.parametrize("path", ["/vens", "/reports", "/events", "/reports/1/body"])
@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "x", "é"])
def test_nothing_is_told_without_the_key(vtn: VtnAtWork, path: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}".encode()}

    response = requests.get(f"{vtn.control}{path}", headers=headers, timeout=5)

    assert response.status_code == 401
    assert response.json() == {"error": "Authorization: expected the control key"}


def test_health_needs_no_key(vtn: VtnAtWork) -> None:
    root = vtn.control.removesuffix("/control/v1")

    response = requests.get(f"{root}/healthz", timeout=5)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_enrolling_twice_changes_nothing(vtn: VtnAtWork) -> None:
    first = _enrol(vtn, "twice-1", token_sha256=sha256("twice"))
    second = _enrol(vtn, "twice-1", token_sha256=sha256("twice"))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


def test_one_token_cannot_be_two_vens(vtn: VtnAtWork) -> None:
    _enrol(vtn, "one-1", token_sha256=sha256("shared"))

    response = _enrol(vtn, "two-1", token_sha256=sha256("shared"))

    assert response.status_code == 409
    assert "token_sha256" in response.json()["error"]


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"ven_id": "other"}, "ven_id"),
        ({"ven_name": 12}, "VenEnrolment.ven_name"),
        ({"ven_name": "a\u0000b"}, "ven_name"),
        ({"ven_name": "n" * 129}, "ven_name"),
        ({"token_sha256": "ABC"}, "token_sha256"),
        ({"token_sha256": DIGEST.upper()}, "token_sha256"),
        ({"token_sha256": "Kept"}, "token_sha256"),
        ({"certificate_sha256": DIGEST[1:]}, "certificate_sha256"),
        ({"certificate_expires_at": "tomorrow"}, "certificate_expires_at"),
        ({"certificate_expires_at": "2025-11-02"}, "certificate_expires_at"),
        ({"must_sign": "yes"}, "VenEnrolment.must_sign"),
        ({"is_enabled": 1}, "VenEnrolment.is_enabled"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_entry_is_refused_by_field(
    vtn: VtnAtWork, entry: dict[str, object], named: str
) -> None:
    response = _enrol(vtn, "wrong-1", **entry)

    assert response.status_code == 400
    assert named in response.json()["error"]


def test_a_missing_field_is_named(vtn: VtnAtWork) -> None:
    response = vtn.ask("PUT", "/vens/missing-1", {"ven_name": "missing-1"})

    assert response.status_code == 400
    assert response.json()["error"] == (
        "VenEnrolment: expected ven_id, which is missing"
    )


@pytest.mark.parametrize("ven_id", ["%20", "-x", "a%2Fb", "n" * 129, "%00", "é"])
def test_an_id_of_other_letters_is_refused(vtn: VtnAtWork, ven_id: str) -> None:
    response = _enrol(vtn, ven_id)

    assert response.status_code == 400
    assert "ven_id" in response.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/reports?after_seq=-1",
        "/reports?after_seq=99999999999999999999",
        "/reports?after_seq=1e3",
        "/reports?limit=0",
        "/reports?limit=1001",
        "/reports?start_utc=2025-11-02T05:00:00Z",
        "/reports?start_utc=2025-11-02T05:00:00&end_utc=2025-11-02T06:00:00Z",
        "/reports?start_utc=2025-11-02T06:00:00Z&end_utc=2025-11-02T06:00:00Z",
        "/events",
        "/events?first_day_utc=2025-11-02&last_day_utc=2025-11-01",
        "/events?first_day_utc=2025-11-32&last_day_utc=2025-11-33",
        "/reports/x/body",
    ],
)
def test_a_wrong_question_is_refused_by_name(vtn: VtnAtWork, path: str) -> None:
    response = vtn.ask("GET", path)

    assert response.status_code == 400
    assert "expected" in response.json()["error"]


def test_a_body_that_is_no_json_is_refused(vtn: VtnAtWork) -> None:
    for body in (b"{", b"[" * 100_000, b"\xff", b"12"):
        response = requests.put(
            f"{vtn.control}/vens/json-1",
            data=body,
            headers={
                "Authorization": f"Bearer {KEY}",
                "Content-Type": "application/json",
            },
            timeout=5,
        )
        assert response.status_code == 400, body[:3]
        assert response.json()["error"]


def test_a_report_that_is_not_there_is_a_404(vtn: VtnAtWork) -> None:
    assert vtn.ask("GET", "/reports/999999/body").status_code == 404
    assert vtn.ask("GET", "/nothing").status_code == 404
    assert vtn.ask("DELETE", "/vens").status_code == 405
