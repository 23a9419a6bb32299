"""Who watches the judge's parts: nodes, language model, and threads."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from stream_service.analysis.llm.observer import LlmObserver
from stream_service.graph.observer import NodeObserver, NoObserver
from stream_service.observe.llm_log import LoggingLlmObserver

WatchQueue = Callable[[str, Callable[[], int]], None]
"""Takes an executor's name, and what tells how many jobs it has."""


def _no_queues(_executor: str, _length: Callable[[], int]) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeObservation:
    """What the judge is built with; by default the language model's log lines alone."""

    nodes: NodeObserver = field(default_factory=NoObserver)
    llm: LlmObserver = field(default_factory=LoggingLlmObserver)
    watch_queue: WatchQueue = _no_queues


class NodeObservers:
    """Several observers of nodes as one."""

    def __init__(self, observers: Sequence[NodeObserver]) -> None:
        self._observers = observers

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return what is entered around one run of the node ``name``."""
        if len(self._observers) == 1:
            return self._observers[0].node(name)
        return self._entered(name)

    @contextmanager
    def _entered(self, name: str) -> Generator[None]:
        with ExitStack() as stack:
            for one in self._observers:
                stack.enter_context(one.node(name))
            yield
