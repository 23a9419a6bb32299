"""What the nodes depend on; LangGraph hands it to them as ``runtime.context``."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stream_service.analysis.analyst import Analyst, BranchAnalyst
from stream_service.graph.enrichment import CustomerDirectory
from stream_service.graph.measures.words import WordSplitter, split_words
from stream_service.graph.observer import NodeObserver, NoObserver
from stream_service.graph.pool import CpuPool
from stream_service.playbook import Playbook

ENRICHMENT_TIMEOUT_S = 2.0
"""A look-up helps the reply a little; it must never be what an event waits for."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Run:
    """What one run leaves behind beside its state: times, and the tasks that worked for it."""

    nodes_ms: dict[str, float] = field(default_factory=dict[str, float])
    """By node, in milliseconds, in the order in which the nodes ended."""
    tasks: set[asyncio.Task[object]] = field(default_factory=set[asyncio.Task[object]])
    """The tasks in which a node runs right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The services of the graph, shared by all runs, and this run's own record."""

    analyst: Analyst
    branch: BranchAnalyst
    playbook: Playbook
    directory: CustomerDirectory | None = None
    enrichment_timeout_s: float = ENRICHMENT_TIMEOUT_S
    split_words: WordSplitter = split_words
    now: Callable[[], datetime] = utc_now
    observer: NodeObserver = field(default_factory=NoObserver)
    pool: CpuPool = field(default_factory=CpuPool)
    run: Run = field(default_factory=Run)
