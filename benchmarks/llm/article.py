"""The source article's own table: 50 events arriving together, its pipeline beside the service."""

import time
from dataclasses import dataclass, replace

from benchmarks.llm.service import events_of, new_cluster, publish, running_service
from benchmarks.llm_peers.article import article_pipeline, failing_calls
from benchmarks.llm_peers.instructions import Instructions
from benchmarks.llm_peers.measuring import feedback
from stream_service.analysis.llm.completion import Tokens
from stream_service.analysis.llm.prices import PriceTable
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    SimulatorProcess,
)

TOGETHER = 50
MANY_TOGETHER = 400
"""How many it can work on at once shows only where more are waiting."""

CALL_S = 0.3
"""Shorter than elsewhere: the pipeline takes 200 calls one after another, and the ratios stay."""

FAILING_EVENTS = 0.15
"""The article's error rate."""

PRICED_MODEL = "gpt-4.1-mini"
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 120.0

SETTLE_ROUNDS, SETTLE_AT_ONCE = 3, 40
"""Fewer at once than are counted below; they bring the limit of calls above ``TOGETHER``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFigures:
    """How many times better than the article's pipeline; above 1 is better."""

    response_time: float
    """Mean, waiting in line included."""
    concurrent_events: float
    """Most under way at once, of ``MANY_TOGETHER``; the pipeline works on one."""
    error_rate_pipeline: float
    error_rate_service: float
    cost: float
    """US dollars an event at the same instructions, ``gpt-4.1-mini``'s prices."""
    cpu_ms_pipeline: float


async def article(servers: str, instructions: Instructions) -> ArticleFigures:
    """Measure both with the same share of failing calls and the same latencies."""
    async with SimulatorProcess.start() as simulator:
        return await _article(servers, simulator, instructions)


async def _article(
    servers: str, simulator: SimulatorProcess, instructions: Instructions
) -> ArticleFigures:
    behaviour = Behaviour(
        latency=Latency(mean_s=CALL_S, shape=LatencyShape.LOGNORMAL),
        faults={Fault.UNAVAILABLE: failing_calls(FAILING_EVENTS)},
    )
    await simulator.behave(replace(behaviour, faults={}))
    cluster = await new_cluster(servers)
    settle = SETTLE_ROUNDS * SETTLE_AT_ONCE
    counted = settle + TOGETHER
    records = events_of(cluster, counted + MANY_TOGETHER)
    async with running_service(cluster, simulator, in_flight=200) as service:
        outputs = service.outputs
        for end in range(SETTLE_AT_ONCE, settle + 1, SETTLE_AT_ONCE):
            await publish(cluster, records[end - SETTLE_AT_ONCE : end])
            await outputs.reach(end, START_TIMEOUT_S)
        await simulator.behave(behaviour)
        before = await simulator.requests()
        arrived = time.perf_counter()
        await publish(cluster, records[settle:counted])
        await outputs.reach(counted - outputs.dead_letters, END_TIMEOUT_S)
        after = await simulator.requests()
        failed = TOGETHER + settle - outputs.count + len(outputs.degraded)
        await publish(cluster, records[counted:])
        await outputs.reach(len(records) - outputs.dead_letters, END_TIMEOUT_S)
        most_in_flight = (await simulator.requests())["most_in_flight"]
    ours = [
        outputs.read_at[f"e{number}"] - arrived
        for number in range(settle, counted)
        if f"e{number}" in outputs.read_at
    ]
    pipeline = await article_pipeline(
        simulator, feedback(TOGETHER, start=700_000), instructions=instructions
    )
    tokens = Tokens(
        input=(after["prompt_tokens"] - before["prompt_tokens"]) // TOGETHER,
        output=(after["completion_tokens"] - before["completion_tokens"]) // TOGETHER,
    )
    prices = PriceTable.load(None)
    cost = prices.cost_usd(PRICED_MODEL, tokens)
    pipeline_cost = prices.cost_usd(
        PRICED_MODEL,
        Tokens(
            input=round(pipeline.prompt_tokens_per_event),
            output=round(pipeline.completion_tokens_per_event),
        ),
    )
    if not cost or not pipeline_cost:
        raise ValueError(f"the price of {PRICED_MODEL} is unknown")
    return ArticleFigures(
        response_time=pipeline.response_mean_s / (sum(ours) / len(ours)),
        concurrent_events=float(most_in_flight),
        error_rate_pipeline=pipeline.failed / TOGETHER,
        error_rate_service=failed / TOGETHER,
        cost=pipeline_cost / cost,
        cpu_ms_pipeline=pipeline.cpu_ms_per_event,
    )
