"""Where spans go, and how many."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingOptions:
    """Light to import: tracing itself is not."""

    endpoint: str
    """Of a collector that takes OTLP over HTTP, without the path ``/v1/traces``."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    sampling_ratio: float = 0.1
    """Share of the traces that begin here; a trace that began elsewhere is sampled as there."""
    shutdown_timeout_s: float = 5.0
    """How long the end of a process waits for the collector to take the last spans."""
