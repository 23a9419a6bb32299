"""The graph, put together."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from stream_service.graph.context import Context
from stream_service.graph.nodes.answer import answer
from stream_service.graph.nodes.appease import appease
from stream_service.graph.nodes.auto_reply import auto_reply
from stream_service.graph.nodes.classify import classify
from stream_service.graph.nodes.draft import draft
from stream_service.graph.nodes.enrich import enrich
from stream_service.graph.nodes.guard import guard
from stream_service.graph.nodes.human_review import human_review
from stream_service.graph.nodes.intent import intent
from stream_service.graph.nodes.join import join
from stream_service.graph.nodes.keywords import keywords
from stream_service.graph.nodes.measure import measure
from stream_service.graph.nodes.sentiment import sentiment
from stream_service.graph.nodes.thank import thank
from stream_service.graph.routing import ENDINGS, ROUTES, Branch, Ending, Route
from stream_service.graph.state import Arrival, State, Update
from stream_service.graph.untraced import leave_untraced


class Node(Protocol):
    """A node: it reads the state and says what it changes."""

    async def __call__(self, state: State, runtime: Runtime[Context]) -> Update:
        """Do the node's work for one event."""
        ...


Graph = CompiledStateGraph[State, Context, Arrival, State]

NODES: tuple[tuple[str, Node], ...] = (
    ("measure", measure),
    ("enrich", enrich),
    ("classify", classify),
    ("join", join),
    ("sentiment", sentiment),
    ("keywords", keywords),
    ("intent", intent),
    ("appease", appease),
    ("thank", thank),
    ("answer", answer),
    ("draft", draft),
    ("guard", guard),
    ("auto_reply", auto_reply),
    ("human_review", human_review),
)


def build_graph(*, with_enrichment: bool = True, langsmith_tracing: bool = False) -> Graph:
    """Compile the graph. It holds no state and serves all events at once.

    ``with_enrichment``: whether there is somebody to ask for what is known of a customer.
    ``langsmith_tracing``: whether what the nodes call is to find the run that it belongs to.

    There is no checkpointer, because the log is the state, and no retry policy, because LangGraph's
    own retries refused requests and misses time-outs: analysts retry by rules of theirs.
    """
    graph = StateGraph(State, context_schema=Context, input_schema=Arrival)
    for name, node in NODES:
        if name == "enrich" and not with_enrichment:
            continue
        worker = watched(name, node)
        if name in ROUTES:
            route, destinations = ROUTES[name]
            graph.add_node(name, routed(worker, route), destinations=destinations)  # pyright: ignore[reportUnknownMemberType]
        else:
            graph.add_node(name, worker)  # pyright: ignore[reportUnknownMemberType]
    side_by_side = ["measure", *(["enrich"] if with_enrichment else []), "classify"]
    for name in side_by_side:
        graph.add_edge(START, name)
    graph.add_edge(side_by_side, "join")
    graph.add_edge("sentiment", "appease")
    graph.add_edge("keywords", "thank")
    graph.add_edge("intent", "answer")
    for name in ("appease", "thank", "answer"):
        graph.add_edge(name, "draft")
    graph.add_edge("draft", "guard")
    for name in ENDINGS:
        graph.add_edge(name, END)
    compiled = graph.compile(name="feedback-triage")  # pyright: ignore[reportUnknownMemberType]
    if not langsmith_tracing:
        leave_untraced(compiled, tuple(graph.nodes))
    return compiled


def routed(node: Node, route: Route) -> Callable[..., Awaitable[Command[Branch | Ending]]]:
    """Return ``node`` with the next one, which follows from what it changes."""

    async def run(state: State, runtime: Runtime[Context]) -> Command[Branch | Ending]:
        update = await node(state, runtime)
        return Command(update=update, goto=route(update))

    return run


def watched(name: str, node: Node) -> Node:
    """Return ``node`` with its time taken and its observer told."""

    async def run(state: State, runtime: Runtime[Context]) -> Update:
        context = runtime.context
        started = time.perf_counter()
        try:
            with context.observer.node(name):
                return await node(state, runtime)
        finally:
            context.nodes_ms[name] = (time.perf_counter() - started) * 1000

    return run
