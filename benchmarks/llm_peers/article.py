"""The source article's synchronous pipeline: four calls one after another, one event at a time.

No retry: a failed call fails its event.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from benchmarks.llm_peers.instructions import Instructions
from benchmarks.llm_peers.measuring import Measured, Measurement, Stopwatch
from stream_service.devkit.llm_simulator import SimulatorProcess

CALLS = 4


def failing_calls(failing_events: float) -> float:
    """The share of calls that must fail for that share of events to fail."""
    return 1 - (1 - failing_events) ** (1 / CALLS)


async def article_pipeline(
    simulator: SimulatorProcess, texts: Sequence[str], *, instructions: Instructions
) -> Measured:
    """Judge all texts, which arrive together, in their order."""
    llm = ChatOpenAI(
        base_url=simulator.base_url, api_key=SecretStr("none"), model="simulator", max_retries=0
    )
    measurement = Measurement(simulator)
    watch = await measurement.begin()
    await asyncio.to_thread(_judge_all, llm, texts, instructions, watch)
    return await measurement.end()


def _judge_all(
    llm: ChatOpenAI, texts: Sequence[str], instructions: Instructions, watch: Stopwatch
) -> None:
    for text in texts:
        with watch.event(Exception):
            _judge(llm, text, instructions)


def _judge(llm: ChatOpenAI, text: str, instructions: Instructions) -> str:
    def ask(system: str, user: str) -> str:
        answer: Any = llm.invoke([("system", system), ("user", user)])
        return str(answer.content)

    category = ask(instructions.classify, text)
    sentiment = ask(instructions.branch, f"{text}\n\nCategory: {category}")
    keywords = ask(instructions.branch, f"{text}\n\nCategory: {category}\nGive the keywords.")
    return ask(instructions.draft, f"{text}\n\n{category}\n{sentiment}\n{keywords}")
