"""The common way: a LangGraph graph whose nodes each ask for structured output, default client.

Three calls an event: classify, analyse by branch, draft.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel, SecretStr

from benchmarks.llm_peers.instructions import (
    Classification,
    Draft,
    Instructions,
    Intent,
    Keywords,
    Sentiment,
)
from benchmarks.llm_peers.measuring import Measured, Measurement
from stream_service.devkit.llm_simulator import SimulatorProcess

WARM_UP_EVENTS = 20


class State(TypedDict):
    text: str
    classification: NotRequired[Classification]
    analysis: NotRequired[BaseModel]
    draft: NotRequired[Draft]


def build(base_url: str, instructions: Instructions, model: str = "simulator") -> Any:
    """The compiled graph."""
    llm: Any = ChatOpenAI(base_url=base_url, api_key=SecretStr("none"), model=model)

    def asking(name: str, form: type[BaseModel], system: str) -> Any:
        structured = llm.with_structured_output(form)

        async def node(state: Any) -> dict[str, Any]:
            found = state.get("analysis")
            user = f"{state['text']}\n\nAnalysis: {found!r}" if found else state["text"]
            return {name: await structured.ainvoke([("system", system), ("user", user)])}

        return node

    def branch(state: Any) -> str:
        category = state["classification"].category
        return "question" if category == "other" else category

    graph: Any = StateGraph(State)
    graph.add_node("classify", asking("classification", Classification, instructions.classify))
    branches = {"complaint": Sentiment, "praise": Keywords, "question": Intent}
    for name, form in branches.items():
        graph.add_node(name, asking("analysis", form, instructions.branch))
        graph.add_edge(name, "draft")
    graph.add_node("draft", asking("draft", Draft, instructions.draft))
    graph.add_edge(START, "classify")
    graph.add_conditional_edges("classify", branch, list(branches))
    graph.add_edge("draft", END)
    return graph.compile()


async def common_way(
    simulator: SimulatorProcess,
    texts: Sequence[str],
    *,
    in_flight: int,
    instructions: Instructions,
) -> Measured:
    """Judge all texts, ``in_flight`` at a time."""
    graph = build(simulator.base_url, instructions)
    warm_up = [f"{text} (to warm up)" for text in texts[:WARM_UP_EVENTS]]
    await asyncio.gather(*(graph.ainvoke({"text": text}) for text in warm_up))
    measurement = Measurement(simulator)
    watch = await measurement.begin()
    places = asyncio.Semaphore(in_flight)

    async def judge(text: str) -> None:
        async with places:
            with watch.event(Exception):
                state = await graph.ainvoke({"text": text})
                assert state["draft"].draft

    async with asyncio.TaskGroup() as tasks:
        for text in texts:
            tasks.create_task(judge(text))
    return await measurement.end()
