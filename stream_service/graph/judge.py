"""The judge: one event in, exactly one verdict out."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import cast

from langchain_core.runnables import RunnableConfig
from langsmith.run_helpers import tracing_context  # pyright: ignore[reportUnknownVariableType]

from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.verdict import Verdict
from stream_service.graph.arrival import arrival_of
from stream_service.graph.build import Graph, build_graph
from stream_service.graph.context import Context
from stream_service.graph.errors import VerdictMissing
from stream_service.graph.state import Arrival
from stream_service.playbook import Playbook

RECURSION_LIMIT = 16
"""The longest way through the graph takes seven steps; more would be a circle."""


class GraphJudge:
    """Judges events by the graph; any number of them at once.

    ``langsmith_tracing`` lets LangSmith's own environment variables decide; without it nothing is
    traced there, whatever they say: it sends customers' texts away and its memory grows.
    """

    def __init__(self, context: Context, *, langsmith_tracing: bool = False) -> None:
        self._context = context
        self._graph: Graph = build_graph(
            with_enrichment=context.directory is not None, langsmith_tracing=langsmith_tracing
        )
        self._langsmith_tracing = langsmith_tracing

    async def __call__(
        self, event: FeedbackEvent, source: Source, received_at: datetime
    ) -> Verdict:
        """Judge ``event``, which stands at ``source`` and arrived at ``received_at``.

        Raises ValueError for an event without event_id or text, AnalystFailed when nobody could
        read the text, VerdictMissing when the graph ends without a verdict. When it is cancelled,
        all that worked for the event has ended before it returns.
        """
        nodes_ms: dict[str, float] = {}
        context = replace(self._context, nodes_ms=nodes_ms)
        started = time.perf_counter()
        arrival = arrival_of(event, source, received_at)
        verdict = await self._contained(arrival, context)
        if verdict is None:
            raise VerdictMissing("the graph ended without a verdict")
        timings = verdict.timings.model_copy(
            update={
                "judged_at": context.now(),
                "judgement_ms": (time.perf_counter() - started) * 1000,
                "nodes_ms": nodes_ms,
            }
        )
        return verdict.model_copy(update={"timings": timings})

    def use(self, playbook: Playbook) -> None:
        """Judge by ``playbook`` from the next event on; events under way keep the one they have."""
        self._context = replace(self._context, playbook=playbook)

    def close(self) -> None:
        """Give back the threads. The analysts are closed by whoever made them."""
        self._context.pool.close()

    async def _contained(self, state: Arrival, context: Context) -> Verdict | None:
        # LangGraph waits for the nodes that it cancels, but not when it is cancelled again
        # meanwhile: so it is cancelled once, and however often we are, we wait for its end.
        task = asyncio.create_task(self._run(state, context))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            while not task.done():
                with suppress(asyncio.CancelledError):  # raised below, once nothing works any more
                    await asyncio.wait({task})
            raise

    async def _run(self, state: Arrival, context: Context) -> Verdict | None:
        config: RunnableConfig = {"recursion_limit": RECURSION_LIMIT}
        verdict: Verdict | None = None
        with tracing_context(enabled=None if self._langsmith_tracing else False):
            # Values of one key only: the whole state is not copied after every step.
            values = self._graph.astream(  # pyright: ignore[reportUnknownMemberType]
                state, config, context=context, stream_mode="values", output_keys="verdict"
            )
            async for value in values:
                verdict = cast("Verdict | None", value)
        return verdict
