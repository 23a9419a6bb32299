"""Whether a process lives and can do its work, as its orchestrator asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Health:
    """The present answer."""

    live: bool
    """False asks for a restart: the process hangs."""
    ready: bool
    """False asks for patience: it lives and cannot do its work yet, or for now."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For people: what the answer is made of, as JSON can hold it."""


HealthCheck = Callable[[], Health]
"""Answers at once, from any thread."""
