"""The language model away: breaker, patience, quota, budget (TRAPS L15)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web
from pydantic import SecretStr

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.llm.building import LlmOptions
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
from tests.support.llm_gateway import Gateway, Refuse, blocked, gateway_before, moderated
from tests.support.waiting import until

FLAGGED = Feedback(text="flagged-text: it arrived broken, I could kill for less.")


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


def out_of_credit() -> web.Response:
    """As OpenRouter answers a call that asks for more than is left; a smaller one is answered."""
    message = "This request requires more credits, or fewer max_tokens. You can only afford 12"
    return web.json_response({"error": {"code": 402, "message": message}}, status=402)


async def test_l15_a_quota_that_only_probes_fit_into_is_told_as_such() -> None:
    """L15: parked events are not taken for faulty ones, nor do they wait for ever."""
    intake = Switch()
    async with behind_a_gateway(out_of_credit) as (gateway, options):
        options = replace(options, breaker=BreakerPolicy(patience_s=0.5))
        options = replace(options, probing=ProbePolicy(unusable_s=0.1))
        async with analyst_of(options, intake=intake) as analyst, asyncio.timeout(20):
            asking = [
                analyst.read(replace(FLAGGED, text=f"{FLAGGED.text} {number}"))
                for number in range(3)
            ]
            readings = await asyncio.gather(*asking)
            assert {reading.degraded_reason for reading in readings} == {DegradedReason.QUOTA}
            assert intake.pauses >= 2, "it is stopped each time"
            assert gateway.asked.count("Say OK.") >= 2
            await until(lambda: not intake.is_paused, "the intake")


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


@asynccontextmanager
async def behind_a_gateway(
    refuse: Refuse = moderated,
) -> AsyncGenerator[tuple[Gateway, LlmOptions]]:
    async with LlmSimulator.start() as simulator, gateway_before(simulator) as gateway:
        gateway.refuse = refuse
        options = options_for(simulator)
        endpoint = replace(options.endpoint, base_url=gateway.base_url)
        yield gateway, replace(options, endpoint=endpoint)


async def test_a_text_that_is_moderated_away_is_a_refusal_and_stops_nobody() -> None:
    intake = Switch()
    async with (
        behind_a_gateway() as (gateway, options),
        analyst_of(options, intake=intake) as analyst,
        asyncio.timeout(20),
    ):
        reading = await analyst.read(FLAGGED)
        assert (reading.analyst, reading.degraded_reason) == ("local", DegradedReason.REFUSAL)
        assert (await analyst.read(COMPLAINT)).analyst == "llm"
        assert intake.pauses == 0
        assert gateway.refused == 1


def set_up_wrongly() -> web.Response:
    """As OpenRouter answers where the account's own settings leave nobody to ask."""
    message = "No endpoints available matching your guardrail restrictions and data policy"
    return web.json_response({"error": {"code": 404, "message": message}}, status=404)


async def test_a_gateway_that_is_set_up_wrongly_is_an_outage() -> None:
    """It talks of guardrails, yet no text has been refused."""
    intake = Switch()
    async with behind_a_gateway(set_up_wrongly) as (gateway, options):
        gateway.refused_word = ""
        options = replace(options, probing=ProbePolicy(unusable_s=0.05))
        async with analyst_of(options, intake=intake) as analyst, asyncio.timeout(20):
            asking = asyncio.create_task(analyst.read(COMPLAINT))
            await until(lambda: intake.is_paused, "the pause")
            await until(lambda: gateway.asked.count("Say OK.") >= 2, "probes that find it so still")
            assert not asking.done()
            gateway.refused_word = "flagged-text"
            assert (await asking).analyst == "llm"
            await until(lambda: not intake.is_paused, "the intake")


async def test_a_text_that_a_firewall_blocks_stops_the_intake_once_at_most() -> None:
    """It says nothing of the text: the key may be bad as well, so the endpoint is probed once."""
    intake = Switch()
    async with behind_a_gateway(blocked) as (gateway, options):
        # Only the first look comes soon: whoever waited for the second would wait for an hour.
        options = replace(options, probing=replace(options.probing, unusable_s=3600))
        async with analyst_of(options, intake=intake) as analyst, asyncio.timeout(20):
            for _ in range(3):
                reading = await analyst.read(FLAGGED)
                assert (reading.analyst, reading.degraded_reason) == (
                    "local",
                    DegradedReason.CALL_FAILED,
                )
            assert intake.pauses == 1
            assert gateway.asked.count("Say OK.") == 1
            assert (await analyst.read(COMPLAINT)).analyst == "llm"
            await until(lambda: not intake.is_paused, "the intake")


async def test_among_answers_a_blocked_text_stops_nobody() -> None:
    intake = Switch()
    async with (
        behind_a_gateway(blocked) as (_, options),
        analyst_of(options, intake=intake) as analyst,
        asyncio.timeout(20),
    ):
        for number in range(5):
            answered = replace(COMPLAINT, text=f"{COMPLAINT.text} {number}")
            refused = replace(FLAGGED, text=f"{FLAGGED.text} {number}")
            assert (await analyst.read(answered)).analyst == "llm"
            assert (await analyst.read(refused)).analyst == "local"
        assert intake.pauses == 0


async def test_a_key_that_is_refused_from_now_on_still_opens_the_breaker() -> None:
    intake = Switch()
    async with (
        behind_a_gateway(blocked) as (gateway, options),
        analyst_of(options, intake=intake) as analyst,
        asyncio.timeout(20),
    ):
        assert (await analyst.read(PRAISE_ZH)).analyst == "llm"
        gateway.refused_word = ""
        assert (await analyst.read(FLAGGED)).analyst == "local", "it may have been the text"
        asking = asyncio.create_task(analyst.read(COMPLAINT))
        await until(lambda: intake.is_paused, "the pause")
        await until(lambda: gateway.asked[-1] == "Say OK.", "a probe")
        gateway.refused_word = "flagged-text"
        assert (await asking).analyst == "llm"
        await until(lambda: not intake.is_paused, "the intake")
        assert intake.pauses == 1


async def test_a_gateway_s_own_name_of_the_model_costs_what_the_model_does() -> None:
    async with behind_a_gateway() as (gateway, options):
        gateway.prefix = "openai/"
        options = replace(options, breaker=BreakerPolicy(patience_s=0))
        options = replace(options, chain=replace(options.chain, budget=Budget(usd=1e-6)))
        async with analyst_of(options) as analyst:
            first = await analyst.read(COMPLAINT)
            assert (first.analyst, first.model) == ("llm", "openai/gpt-4.1-mini")
            assert first.usage is not None and (first.usage.cost_usd or 0) > 1e-6
            assert (await analyst.read(PRAISE_ZH)).degraded_reason is DegradedReason.BUDGET
            assert len(gateway.asked) == 1


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
