"""What the nodes depend on; LangGraph hands it to them as ``runtime.context``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stream_service.analysis.analyst import Analyst, BranchAnalyst, Drafter, QuestionMatcher
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The services of the graph, shared by all runs, and this run's own times."""

    analyst: Analyst
    branch: BranchAnalyst
    playbook: Playbook
    matcher: QuestionMatcher | None = None
    """Compares questions with the playbook's; it has learned them."""
    drafter: Drafter | None = None
    """Words what the analyst left unworded, or worded for a strategy that was overruled."""
    directory: CustomerDirectory | None = None
    enrichment_timeout_s: float = ENRICHMENT_TIMEOUT_S
    split_words: WordSplitter = split_words
    now: Callable[[], datetime] = utc_now
    observer: NodeObserver = field(default_factory=NoObserver)
    pool: CpuPool = field(default_factory=CpuPool)
    nodes_ms: dict[str, float] = field(default_factory=dict[str, float])
    """Of this run: by node, in milliseconds, in the order in which the nodes ended."""
