"""Metrics as a page."""

from typing import cast
from wsgiref.types import WSGIApplication

from prometheus_client import (
    CollectorRegistry,
    make_wsgi_app,  # pyright: ignore[reportUnknownVariableType]
)


def metrics_page(registry: CollectorRegistry) -> WSGIApplication:
    """Serves ``registry``: in OpenMetrics with exemplars to whoever asks for that, as text else."""
    return cast(WSGIApplication, make_wsgi_app(registry))
