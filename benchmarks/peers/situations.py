"""The situations that each contender is put into, and what is measured in them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from benchmarks.peers.judging import SLOW_CUSTOMER
from benchmarks.peers.stage import IN_FLIGHT, Stage
from stream_service.devkit.llm_simulator import Behaviour, Latency, LatencyShape

CALL_S = 0.2
CERTAINTY = 0.97
"""The model is sure: replies, keyed by customer, are what order by key is seen among; reviews are
keyed by event."""

CONSTANT = Behaviour(latency=Latency(mean_s=CALL_S), certainty=CERTAINTY)
HEAVY_TAIL = Behaviour(
    latency=Latency(mean_s=CALL_S, shape=LatencyShape.PARETO), certainty=CERTAINTY
)
"""A few take many times the mean: the 99th percentile is at 5 means."""

STEADY_PER_S = 15.0
"""Three quarters of what four processes with an event each can take, a fifth of what the places of
one process can; the synchronous loop takes a third of it."""

SLOW_EVERY_S = 3.0
"""Longer than a slow event takes: its customer's others need not queue behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How long is measured."""

    burst: int = 300
    burst_limit_s: float = 15.0
    turns_burst_limit_s: float = 6.0
    calm_s: float = 20.0
    slow_s: float = 20.0
    """300 events: with the 120 of 8 s, who was ahead in CPU and median changed between runs."""
    before_kill_s: float = 3.0
    after_kill_s: float = 8.0
    kills: int = 3
    """When the broker misses a dead member differs by a second, and the median by as much."""
    alone_s: float = 6.0
    together_s: float = 4.0
    drain_s: float = 20.0
    turns_drain_s: float = 4.0
    """For who works on one event at a time and has no chance to catch up."""


QUICK = Extent(burst=60, burst_limit_s=5.0, calm_s=3.0, slow_s=4.0, after_kill_s=5.0, kills=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One contender in one situation."""

    events: int
    events_per_s: float
    cpu_ms_per_event: float
    p50_ms: float
    p99_ms: float
    """From before publishing to the committed output; an unfinished event counts with its age."""
    lost: int
    duplicated: int
    out_of_order: int
    unfinished: int
    worker_failures: int
    """Workers that ended by themselves and were started again."""


NUMBERS = 10_000
"""Between the first events of two situations, and half of it between those of stream and burst."""

Situation = Callable[[Stage, Extent], Awaitable[Figures]]


async def constant(stage: Stage, extent: Extent) -> Figures:
    """Every call of the model takes the same time: a steady stream, then a burst."""
    return await _stream_and_burst(stage, extent, CONSTANT)


async def heavy_tail(stage: Stage, extent: Extent) -> Figures:
    """Some calls take many times as long as most."""
    return await _stream_and_burst(stage, extent, HEAVY_TAIL)


async def slow_key(stage: Stage, extent: Extent) -> Figures:
    """One customer's messages take 2 s longer, and a quick one follows each; latencies are those of
    all other customers."""
    await stage.simulator.behave(CONSTANT)
    async with _counting(stage) as count:
        numbers = await stage.feed.steady(
            STEADY_PER_S, lambda passed: passed > extent.slow_s, slow_every_s=SLOW_EVERY_S
        )
        await stage.finished(numbers, _drain_s(stage, extent))
    sent = stage.ledger.sent
    others = [number for number in numbers if sent[number].key != SLOW_CUSTOMER]
    return await count.figures(numbers, await count.latencies(others))


async def crash(stage: Stage, extent: Extent) -> Figures:
    """A worker is killed in the middle of a stream and started again at once; and so twice more."""
    await stage.simulator.behave(CONSTANT)
    killed: list[asyncio.Task[None]] = []
    cycle_s = extent.before_kill_s + extent.after_kill_s

    def is_over(passed: float) -> bool:
        is_due = passed > len(killed) * cycle_s + extent.before_kill_s
        if is_due and len(killed) < extent.kills:
            killed.append(asyncio.create_task(_kill_and_restart(stage)))
        return passed > extent.kills * cycle_s

    async with _counting(stage) as count:
        numbers = await stage.feed.steady(STEADY_PER_S, is_over)
        await asyncio.gather(*killed)
        await stage.finished(numbers, _drain_s(stage, extent))
    return await count.figures(numbers, await count.latencies(numbers))


async def rebalance(stage: Stage, extent: Extent) -> Figures:
    """A worker joins in the middle of a stream, and leaves again some seconds later."""
    await stage.simulator.behave(CONSTANT)
    joiner = stage.contender.replicas
    async with _counting(stage) as count, asyncio.TaskGroup() as tasks:
        visit = tasks.create_task(_join_and_leave(stage, joiner, extent))
        left_at: list[float] = []

        def is_over(passed: float) -> bool:
            if visit.done() and not left_at:
                left_at.append(passed)
            return bool(left_at) and passed > left_at[0] + extent.alone_s

        numbers = await stage.feed.steady(STEADY_PER_S, is_over)
        await stage.finished(numbers, _drain_s(stage, extent))
    return await count.figures(numbers, await count.latencies(numbers))


SITUATIONS: Mapping[str, Situation] = {
    "constant": constant,
    "heavy_tail": heavy_tail,
    "slow_key": slow_key,
    "crash": crash,
    "rebalance": rebalance,
}


async def put_into(name: str, stage: Stage, extent: Extent) -> Figures:
    """Put the stage's contender into the situation of that name. Raises OrderUnseen."""
    stage.feed.skip_to((1 + list(SITUATIONS).index(name)) * NUMBERS)
    figures = await SITUATIONS[name](stage, extent)
    stage.require_replies()
    return figures


async def steady_cpu_ms(stage: Stage, extent: Extent) -> float:
    """CPU milliseconds an event of a steady stream."""
    async with _counting(stage) as count:
        numbers = await stage.feed.steady(STEADY_PER_S, lambda passed: passed > extent.calm_s)
        await stage.finished(numbers, _drain_s(stage, extent))
    return (await count.figures(numbers, await count.latencies(numbers))).cpu_ms_per_event


async def warm_up(stage: Stage) -> None:
    """Connections open, and the limit of calls found. Raises TimeoutError."""
    await stage.simulator.behave(CONSTANT)
    rounds = 1 if stage.contender.takes_turns else 3
    for _ in range(rounds):
        numbers = await stage.feed.burst(8 if stage.contender.takes_turns else 2 * IN_FLIGHT)
        if not await stage.finished(numbers, timeout_s=60):
            raise TimeoutError(f"{stage.contender.name} does not work: see its log")


class _Count:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._began = time.perf_counter()
        self._used_s = stage.fleet.used_s
        self._failures = stage.fleet.failures
        self._ended = 0.0

    def end(self) -> None:
        self._ended = time.perf_counter()
        self._used_s = self._stage.fleet.used_s - self._used_s
        self._failures = self._stage.fleet.failures - self._failures

    async def latencies(self, numbers: Sequence[int]) -> Sequence[float]:
        """Ascending, in seconds, as of now."""
        ledger, now = self._stage.ledger, time.perf_counter()
        lost = await self._stage.lost(numbers)
        return sorted(
            ledger.first_at.get(number, now) - ledger.sent[number].at
            for number in numbers
            if number not in lost
        )

    async def figures(
        self,
        numbers: Sequence[int],
        latencies: Sequence[float],
        *,
        events_per_s: float | None = None,
    ) -> Figures:
        ledger = self._stage.ledger
        done = [ledger.first_at[number] for number in numbers if number in ledger.first_at]
        lost = await self._stage.lost(numbers)
        correctness = ledger.correctness(numbers, lost)
        last = self._ended if correctness.unfinished else max(done)
        return Figures(
            events=len(numbers),
            events_per_s=events_per_s or len(done) / (last - self._began),
            cpu_ms_per_event=self._used_s * 1000 / max(1, len(done)),
            p50_ms=_quantile(latencies, 0.5) * 1000,
            p99_ms=_quantile(latencies, 0.99) * 1000,
            lost=correctness.lost,
            duplicated=correctness.duplicated,
            out_of_order=correctness.out_of_order,
            unfinished=correctness.unfinished,
            worker_failures=self._failures,
        )


@asynccontextmanager
async def _counting(stage: Stage) -> AsyncGenerator[_Count]:
    count = _Count(stage)
    yield count
    count.end()


async def _stream_and_burst(stage: Stage, extent: Extent, behaviour: Behaviour) -> Figures:
    """Latencies of the stream, the rate of the burst, all else of both."""
    await stage.simulator.behave(behaviour)
    async with _counting(stage) as count:
        in_stream = await stage.feed.steady(STEADY_PER_S, lambda since: since > extent.calm_s)
        await stage.finished(in_stream, _drain_s(stage, extent))
        latencies = await count.latencies(in_stream)
        began, before = time.perf_counter(), len(stage.ledger.first_at)
        stage.feed.skip_to(in_stream.start + NUMBERS // 2)
        in_burst = await stage.feed.burst(extent.burst)
        limit_s = (
            extent.turns_burst_limit_s if stage.contender.takes_turns else extent.burst_limit_s
        )
        await stage.finished(in_burst, limit_s)
        done = len(stage.ledger.first_at) - before
        passed = time.perf_counter() - began
    return await count.figures([*in_stream, *in_burst], latencies, events_per_s=done / passed)


async def _kill_and_restart(stage: Stage) -> None:
    await stage.fleet.kill(0)
    await stage.fleet.start(0)


async def _join_and_leave(stage: Stage, slot: int, extent: Extent) -> None:
    await stage.fleet.start(slot)
    await asyncio.sleep(extent.together_s)
    await stage.fleet.stop(slot)


def _drain_s(stage: Stage, extent: Extent) -> float:
    return extent.turns_drain_s if stage.contender.takes_turns else extent.drain_s


def _quantile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]
