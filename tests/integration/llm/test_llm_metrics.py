"""The language model's metrics, as a scrape shows them after calls to the simulated endpoint."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from stream_service.analysis.llm.analyst import LlmAnalyst
from stream_service.analysis.llm.building import LlmOptions
from stream_service.analysis.llm.prices import PriceTable
from stream_service.devkit.llm_simulator import Behaviour, Fault, LlmSimulator
from stream_service.observe.llm_metrics import LlmMetrics
from tests.support.llm import COMPLAINT, PRAISE_ZH, analyst_of, options_for
from tests.support.waiting import until

MODEL = "gpt-4.1-mini"


@dataclass
class Observed:
    """What is scraped while an analyst works."""

    registry: CollectorRegistry
    simulator: LlmSimulator
    analyst: LlmAnalyst

    def value(self, name: str, **labels: str) -> float | None:
        """The sample of that name whose labels, empty ones aside, hold these; None without one."""
        for family in text_string_to_metric_families(generate_latest(self.registry).decode()):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None


@asynccontextmanager
async def observed(
    behaviour: Behaviour | None = None, *, model: str = MODEL, cached: bool = False
) -> AsyncGenerator[Observed]:
    registry = CollectorRegistry()
    prices = PriceTable.load(None)
    metrics = LlmMetrics(registry, provider="here", model=model, prices=prices)
    async with LlmSimulator.start(behaviour) as simulator:
        options = for_model(options_for(simulator, cached=cached), model)
        async with analyst_of(options, observer=metrics) as analyst:
            yield Observed(registry, simulator, analyst)


def for_model(options: LlmOptions, model: str) -> LlmOptions:
    return replace(
        options,
        endpoint=replace(options.endpoint, model=model),
        reading=replace(options.reading, model=model),
    )


async def test_a_call_is_told_with_its_time_tokens_and_cost() -> None:
    async with observed() as seen:
        reading = await seen.analyst.read(COMPLAINT)
        usage = reading.usage
        assert usage is not None and usage.input_tokens is not None and usage.cost_usd is not None
        call = {
            "gen_ai_operation_name": "chat",
            "gen_ai_provider_name": "here",
            "gen_ai_request_model": MODEL,
        }
        duration = "gen_ai_client_operation_duration_seconds"
        assert seen.value(f"{duration}_count", **call, error_type="") == 1
        assert (seen.value(f"{duration}_sum", **call) or 0) > 0
        assert seen.value(f"{duration}_bucket", **call, le="81.92") == 1
        tokens = "gen_ai_client_token_usage"
        for kind, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            assert seen.value(f"{tokens}_sum", **call, gen_ai_token_type=kind) == count
            assert seen.value("feedback_llm_unknown_usage_total", gen_ai_token_type=kind) == 0
        cost = seen.value("feedback_llm_cost_usd_total", model=MODEL)
        assert cost == pytest.approx(usage.cost_usd)
        assert seen.value("feedback_llm_unknown_cost_total", model=MODEL) == 0
        assert seen.value("feedback_llm_concurrency_limit") == 32


async def test_an_unknown_usage_is_counted_apart_and_is_not_0() -> None:
    async with observed(Behaviour(faults={Fault.MISSING_USAGE: 1.0})) as seen:
        await seen.analyst.read(COMPLAINT)
        assert seen.value("gen_ai_client_token_usage_count") is None
        for kind in ("input", "output"):
            assert seen.value("feedback_llm_unknown_usage_total", gen_ai_token_type=kind) == 1
        assert seen.value("feedback_llm_unknown_cost_total", model=MODEL) == 1
        assert seen.value("feedback_llm_cost_usd_total", model=MODEL) == 0


async def test_a_model_without_a_price_has_no_known_cost() -> None:
    async with observed(model="my-own") as seen:
        await seen.analyst.read(COMPLAINT)
        assert seen.value("gen_ai_client_token_usage_count", gen_ai_token_type="input") == 1
        assert seen.value("feedback_llm_unknown_cost_total", model="my-own") == 1


async def test_retries_and_failures_are_told_by_kind() -> None:
    async with observed(Behaviour(script=(Fault.SERVER_ERROR, Fault.CUT_JSON, None))) as seen:
        await seen.analyst.read(COMPLAINT)
        duration = "gen_ai_client_operation_duration_seconds_count"
        assert seen.value(duration, error_type="server") == 1
        assert seen.value(duration, error_type="") == 2
        assert seen.value("feedback_llm_retries_total", error_type="server") == 1
        assert seen.value("feedback_llm_retries_total", error_type="invalid_answer") == 1


async def test_the_cache_tells_hits_and_misses() -> None:
    async with observed(cached=True) as seen:
        for feedback in (COMPLAINT, COMPLAINT, PRAISE_ZH):
            await seen.analyst.read(feedback)
        assert seen.value("feedback_llm_cache_requests_total", result="hit") == 1
        assert seen.value("feedback_llm_cache_requests_total", result="miss") == 2


async def test_the_breaker_shows_an_outage_and_its_end() -> None:
    async with observed(Behaviour(faults={Fault.UNAVAILABLE: 1.0})) as seen:

        def states() -> tuple[float | None, float | None]:
            name = "feedback_llm_breaker_state"
            return seen.value(name, state="closed"), seen.value(name, state="open")

        assert states() == (1, 0)
        reading = asyncio.create_task(seen.analyst.read(COMPLAINT))
        await until(lambda: states() == (0, 1), "the outage")
        seen.simulator.behave(faults={})
        await reading
        assert states() == (1, 0)
        assert seen.value("feedback_degraded_events_total", reason="breaker_open") == 0


async def test_a_degraded_event_is_told_with_its_reason() -> None:
    async with observed(Behaviour(faults={Fault.REFUSAL: 1.0})) as seen:
        assert seen.value("feedback_degraded_events_total", reason="refusal") == 0
        await seen.analyst.read(COMPLAINT)
        assert seen.value("feedback_degraded_events_total", reason="refusal") == 1


async def test_a_lowered_concurrency_is_shown() -> None:
    # A few refusals may be chance: the seventh of the latest thirty calls is the one too many.
    script = (Fault.RATE_LIMIT_MS, None) * 7
    async with observed(Behaviour(script=script, retry_after_s=0.01)) as seen:
        for number in range(7):
            await seen.analyst.read(replace(COMPLAINT, text=f"{COMPLAINT.text} {number}"))
        assert seen.value("feedback_llm_concurrency_limit") == 22
