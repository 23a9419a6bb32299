"""Nodes of which no tracer is told.

LangGraph runs a node as a chain of the node and its writes. For tracers of LangChain, a chain opens
a run: a callback manager, a copy of the metadata for every link, a task and a context of its own.
That is a quarter of what LangGraph takes of an event, and nobody listens unless LangSmith does.

It also keeps the run in the context variables. A connection keeps the context in which it was
opened for as long as it is open, and with it the whole run of an event that has ended, its text
included: 70 objects for each connection to the language model, 42 MB for a thousand.
"""

from collections.abc import Sequence
from typing import Any, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph.state import CompiledStateGraph


class Untraced(Runnable[Any, Any]):
    """A node's steps, one after the other and nothing else."""

    def __init__(self, steps: Sequence[Runnable[Any, Any]]) -> None:
        self._steps = steps

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002 (LangChain's name)
        """Return what the last step returns; whatever a step raises is raised."""
        for step in self._steps:
            input = await step.ainvoke(input, config)  # noqa: A001
        return input

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002
        """Raise NotImplementedError: every node is a coroutine."""
        raise NotImplementedError


def leave_untraced(graph: CompiledStateGraph[Any, Any, Any, Any], names: Sequence[str]) -> None:
    """Let the nodes of ``graph`` that are named run without telling tracers."""
    for name in names:
        node = graph.nodes[name]
        writes = cast("Sequence[Runnable[Any, Any]]", node.flat_writers)  # pyright: ignore[reportUnknownMemberType]
        node.node = Untraced((node.bound, *writes))
