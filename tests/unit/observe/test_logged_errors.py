"""Errors in the log are counted, whoever logs them, and every process tells of it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from stream_service.observe.logged_errors import LOGGED_ERRORS
from stream_service.observe.logs import configure_logs, logger
from stream_service.observe.metrics.registry import new_registry
from stream_service.observe.workers.fleet import Fleet


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """The configuration is the process's own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logs("info", "json")
    LOGGED_ERRORS.count = 0
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def told(registry: CollectorRegistry) -> str:
    return generate_latest(registry).decode()


def test_it_is_there_before_the_first_error() -> None:
    assert "feedback_logged_errors_total 0.0" in told(new_registry())


def test_ours_and_those_of_libraries_are_counted_and_warnings_are_not() -> None:
    logger().error("worker_hung")
    try:
        raise ValueError
    except ValueError:
        logger().exception("request_crashed")
    logging.getLogger("asyncio").error("Task exception was never retrieved")
    logger().warning("poll_failed")
    assert "feedback_logged_errors_total 3.0" in told(new_registry())


def test_a_supervisor_adds_its_own(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    registry = CollectorRegistry()
    registry.register(fleet)
    logger().error("worker_died")
    assert "feedback_logged_errors_total 1.0" in told(registry)
    fleet.close()
