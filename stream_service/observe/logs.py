"""Structured logs on standard error: an event name and fields, never a customer's words."""

import logging
import sys
from typing import Any, Literal

import structlog

from stream_service.observe.logged_errors import LOGGED_ERRORS

_NOISY = {
    # It tells every failed request and connection, which it repeats by itself; what it cannot mend
    # it raises, and that is logged by us.
    "aiokafka": logging.CRITICAL,
    # A line for every call, and at level debug the request's body: the customer's text.
    "httpx2": logging.WARNING,
    "openai": logging.WARNING,
    # The console's pages: it tells addresses, and what browsers send it as warnings of theirs.
    "nicegui": logging.ERROR,
    # The console's server: a line for each page's socket, with its whole address.
    "uvicorn.error": logging.WARNING,
}


def configure_logs(
    level: Literal["debug", "info", "warning", "error"],
    format: Literal["auto", "console", "json"],  # noqa: A002 - the setting's name
    *,
    trace_ids: bool = False,
) -> None:
    """Send structlog's and the standard library's logs to standard error in one form.

    ``trace_ids`` adds the current span to what is logged within one.
    """
    threshold = getattr(logging, level.upper())
    as_console = format == "console" or (format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if trace_ids:
        # Only here: without tracing its import is saved.
        from stream_service.observe.tracing.log_ids import add_trace_ids

        shared.append(add_trace_ids)
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if as_console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler, LOGGED_ERRORS]
    root.setLevel(threshold)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(least, threshold))


def logger() -> Any:
    """The service's logger."""
    return structlog.get_logger("stream_service")
