"""The judge that all contenders share, without Kafka: what it takes of events that come one by one,
and of events that come together. It tells what of a contender's CPU is the contender's."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.llm_peers.measuring import feedback
from benchmarks.peers.judging import judge_of
from benchmarks.peers.stage import IN_FLIGHT
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.devkit.llm_simulator import SimulatorProcess
from stream_service.settings.loading import load_settings

ROUNDS = 2
EVENTS = 8 * IN_FLIGHT
"""Of one way in one round; half a second to a second of CPU."""

Judging = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAlone:
    """CPU milliseconds an event, of all threads of the process."""

    one_by_one_ms: float
    together_ms: float


async def judge_alone(simulator: SimulatorProcess, *, per_s: float) -> JudgeAlone:
    """Judge ``per_s`` events a second one by one, and as many at once as may be in flight."""
    settings = load_settings((f"llm.base_url={simulator.base_url}", f"llm.concurrency={IN_FLIGHT}"))
    texts = iter(feedback((2 * ROUNDS * EVENTS) + IN_FLIGHT, start=800_000))
    taken = {_one_by_one: 0.0, _together: 0.0}
    async with judge_of(settings, slow_s=0) as judge:

        async def judge_one() -> None:
            text = next(texts)
            source = Source(topic="alone", partition=0, offset=0)
            await judge(FeedbackEvent(event_id=text, text=text), source, datetime.now(UTC))

        await _together(judge_one, IN_FLIGHT, per_s)
        for _ in range(ROUNDS):
            for way in taken:
                before = time.process_time()
                await way(judge_one, EVENTS, per_s)
                taken[way] += time.process_time() - before
    events = ROUNDS * EVENTS
    return JudgeAlone(
        one_by_one_ms=taken[_one_by_one] / events * 1000,
        together_ms=taken[_together] / events * 1000,
    )


async def _one_by_one(judge_one: Judging, events: int, per_s: float) -> None:
    async with asyncio.TaskGroup() as judging:
        for _ in range(events):
            judging.create_task(judge_one())
            await asyncio.sleep(1 / per_s)


async def _together(judge_one: Judging, events: int, per_s: float) -> None:
    # As a batch loop does at the same rate: what has gathered meanwhile.
    for _ in range(events // IN_FLIGHT):
        async with asyncio.TaskGroup() as judging:
            for _ in range(IN_FLIGHT):
                judging.create_task(judge_one())
            judging.create_task(asyncio.sleep(IN_FLIGHT / per_s))
