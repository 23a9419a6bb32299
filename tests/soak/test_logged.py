"""Errors are found in the logs, and none passes that no alert covers."""

from pathlib import Path

import orjson
import pytest

from tests.soak import logged
from tests.soak.logged import OF_ALL, OF_FAULTS, logged_errors, uncovered, unexplained
from tests.support import monitoring


def log(tmp_path: Path, *lines: bytes) -> list[Path]:
    file = tmp_path / "worker-0.log"
    file.write_bytes(b"\n".join(lines) + b"\n")
    return [file]


def line(**fields: str) -> bytes:
    return orjson.dumps(fields)


def test_errors_are_counted_by_name_and_warnings_are_none(tmp_path: Path) -> None:
    logs = log(
        tmp_path,
        line(event="worker_started", level="info"),
        line(event="poll_failed", level="warning"),
        line(event="worker_hung", level="error"),
        line(event="worker_hung", level="error"),
    )
    assert logged_errors(logs) == {"worker_hung": 2}
    assert not uncovered(logged_errors(logs))
    assert not unexplained(logged_errors(logs))


def test_a_librarys_error_is_named_by_its_logger(tmp_path: Path) -> None:
    text = "Task exception was never retrieved"
    found = logged_errors(log(tmp_path, line(event=text, level="error", logger="asyncio")))
    assert found == {f"asyncio: {text}": 1}
    assert not uncovered(found)
    assert unexplained(found)


def test_a_traceback_is_an_error(tmp_path: Path) -> None:
    found = logged_errors(log(tmp_path, b"Traceback (most recent call last):", b"ValueError: x"))
    assert found == {"not JSON": 2}
    assert uncovered(found)


def test_every_error_has_an_alert_that_is_there() -> None:
    alerts = {alert["alert"] for alert in monitoring.alerts()}
    assert {OF_ALL, *OF_FAULTS.values()} <= alerts


def test_an_error_whose_alert_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logged, "OF_ALL", "FeedbackNobodyKnows")
    assert uncovered({"request_crashed": 3, "worker_hung": 1}) == {"request_crashed": 3}
