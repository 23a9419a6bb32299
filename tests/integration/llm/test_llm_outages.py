"""The language model away: breaker, patience, quota, budget (TRAPS L15)."""

import asyncio
from dataclasses import replace

from pydantic import SecretStr

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.llm.chain.breaker import BreakerPolicy
from stream_service.analysis.llm.chain.budget import Budget
from stream_service.analysis.llm.chain.outage import ProbePolicy
from stream_service.contracts.judgement import DegradedReason
from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    LlmSimulator,
)
from tests.support.llm import COMPLAINT, PRAISE_ZH, Switch, analyst_of, options_for
from tests.support.waiting import until


async def test_an_outage_pauses_the_intake_parks_events_and_loses_none() -> None:
    intake = Switch()
    async with (
        LlmSimulator.start(Behaviour(faults={Fault.UNAVAILABLE: 1.0})) as simulator,
        analyst_of(options_for(simulator), intake=intake) as analyst,
    ):
        asking = [
            asyncio.create_task(analyst.read(Feedback(text=f"It arrived broken, number {n}")))
            for n in range(30)
        ]
        await until(lambda: intake.is_paused, "the pause")
        assert not any(task.done() for task in asking)
        simulator.behave(faults={})
        readings = await asyncio.gather(*asking)
        assert {reading.analyst for reading in readings} == {"llm"}
        await until(lambda: not intake.is_paused, "the end of the pause")
        assert intake.pauses == 1


async def test_after_the_patience_the_local_analyst_judges_and_intake_goes_on() -> None:
    intake = Switch()
    async with LlmSimulator.start(Behaviour(faults={Fault.UNAVAILABLE: 1.0})) as simulator:
        options = replace(options_for(simulator), breaker=BreakerPolicy(patience_s=0.3))
        async with analyst_of(options, intake=intake) as analyst:
            readings = await asyncio.gather(
                *(analyst.read(Feedback(text=f"It arrived broken, {n}")) for n in range(30))
            )
            assert {reading.degraded_reason for reading in readings} == {
                DegradedReason.BREAKER_OPEN
            }
            await until(lambda: not intake.is_paused, "the intake")
            assert (await analyst.read(COMPLAINT)).analyst == "local"


async def test_l15_an_exhausted_quota_opens_the_breaker_at_once() -> None:
    """L15: no call is repeated; people are told."""
    intake = Switch()
    async with LlmSimulator.start(Behaviour(faults={Fault.QUOTA: 1.0})) as simulator:
        options = replace(options_for(simulator), breaker=BreakerPolicy(patience_s=0))
        options = replace(options, probing=ProbePolicy(unusable_s=60))
        async with analyst_of(options, intake=intake) as analyst:
            assert (await analyst.read(COMPLAINT)).degraded_reason is DegradedReason.QUOTA
            assert (await analyst.read(PRAISE_ZH)).degraded_reason is DegradedReason.QUOTA
            assert simulator.requests.total == 1


async def test_a_spent_budget_stops_the_asking() -> None:
    async with LlmSimulator.start() as simulator:
        options = replace(options_for(simulator), breaker=BreakerPolicy(patience_s=0))
        options = replace(options, chain=replace(options.chain, budget=Budget(tokens=1)))
        async with analyst_of(options) as analyst:
            assert (await analyst.read(COMPLAINT)).analyst == "llm"
            assert (await analyst.read(PRAISE_ZH)).degraded_reason is DegradedReason.BUDGET
            assert simulator.requests.total == 1


async def test_a_wrong_key_is_told_apart_and_not_repeated() -> None:
    async with LlmSimulator.start(Behaviour(api_key="right")) as simulator:
        options = replace(options_for(simulator), breaker=BreakerPolicy(patience_s=0))
        wrong = replace(options, endpoint=replace(options.endpoint, api_key=SecretStr("wrong")))
        async with analyst_of(wrong) as analyst:
            assert (await analyst.read(COMPLAINT)).degraded_reason is DegradedReason.CALL_FAILED
        right = replace(options, endpoint=replace(options.endpoint, api_key=SecretStr("right")))
        async with analyst_of(right) as analyst:
            assert (await analyst.read(COMPLAINT)).analyst == "llm"


async def test_every_seventh_call_failing_degrades_nothing() -> None:
    faults = {Fault.SERVER_ERROR: 0.05, Fault.RATE_LIMIT_MS: 0.05, Fault.RESET: 0.05}
    async with (
        LlmSimulator.start(Behaviour(faults=faults, retry_after_s=0.01)) as simulator,
        analyst_of(options_for(simulator)) as analyst,
    ):
        readings = await asyncio.gather(
            *(analyst.read(Feedback(text=f"Too late, and broken: {n}")) for n in range(200))
        )
        assert {reading.analyst for reading in readings} == {"llm"}
        assert simulator.requests.total > 200
