"""Log lines that lead to their trace."""

import logging

import orjson
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import format_span_id, format_trace_id

from stream_service.observe.logs import configure_logs, logger


@pytest.fixture(autouse=True)
def _logging_as_before() -> object:  # pyright: ignore[reportUnusedFunction]
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    return orjson.loads(capsys.readouterr().err.splitlines()[-1])


def test_what_is_logged_within_a_span_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json", trace_ids=True)
    with TracerProvider().get_tracer("test").start_as_current_span("one") as span:
        logger().info("something")
        told = _told(capsys)
        context = span.get_span_context()
    assert told["trace_id"] == format_trace_id(context.trace_id)
    assert told["span_id"] == format_span_id(context.span_id)
    logger().info("something")
    assert "trace_id" not in _told(capsys)


def test_without_tracing_no_line_has_ids_and_nothing_of_it_is_imported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("info", "json")
    with TracerProvider().get_tracer("test").start_as_current_span("one"):
        logger().info("something")
    assert "trace_id" not in _told(capsys)
