"""Which version runs."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge

VERSION = version("stream-service")


def register_build_info(registry: CollectorRegistry) -> None:
    """Add ``feedback_build_info``, which is 1 and bears the version as its label."""
    Gauge(
        "feedback_build_info",
        "1; the label says which version of stream-service runs.",
        ["version"],
        registry=registry,
    ).labels(VERSION).set(1)
