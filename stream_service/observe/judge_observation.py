"""Who watches the judge's parts: nodes, language model, and threads."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.prices import PriceTable
from stream_service.graph.observer import NodeObserver, NoObserver
from stream_service.observe.entered import Entered

WatchQueue = Callable[[str, Callable[[], int]], None]
"""Takes an executor's name, and what tells how many jobs it has."""


class LlmObserverFactory(Protocol):
    """Makes an observer of the language model that is asked."""

    def __call__(self, *, provider: str, model: str, prices: PriceTable) -> LlmObserver:
        """``provider`` as the conventions name it; ``model`` is the one asked for."""
        ...


def watch_no_queue(_executor: str, _length: Callable[[], int]) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeObservation:
    """What the judge is built with, beside the language model's log lines."""

    nodes: NodeObserver = field(default_factory=NoObserver)
    llm: Sequence[LlmObserverFactory] = ()
    watch_queue: WatchQueue = watch_no_queue


class NodeObservers:
    """Several observers of nodes as one."""

    def __init__(self, observers: Sequence[NodeObserver]) -> None:
        self._observers = observers

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return what is entered around one run of the node ``name``."""
        return Entered([one.node(name) for one in self._observers])
