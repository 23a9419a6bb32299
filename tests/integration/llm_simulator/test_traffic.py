"""The simulated endpoint under load: limits, caches, seeds, scripts, and what is told of it."""

import asyncio
import json

from aiohttp import ClientSession
from openai import AsyncOpenAI

from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    LlmSimulator,
)
from tests.support.simulator_requests import Answer, ask, choice, create, request
from tests.support.waiting import until


async def test_more_in_flight_than_allowed_are_sent_away(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(most_in_flight=3, faults={Fault.HANG: 1.0})
    hanging = [asyncio.create_task(ask(http, simulator)) for _ in range(3)]
    await until(lambda: simulator.requests.in_flight == 3, "three requests")
    assert (await ask(http, simulator))[0] == 429
    for task in hanging:
        task.cancel()
    await until(lambda: simulator.requests.in_flight == 0, "the server to notice")


async def test_a_long_prefix_is_cached_the_second_time(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    body = request()
    body["messages"][0]["content"] = "Judge the feedback. " * 300
    details = [(await ask(http, simulator, body))[2]["usage"] for _ in range(2)]
    cached = [usage["prompt_tokens_details"]["cached_tokens"] for usage in details]
    assert cached == [0, 1408]
    assert details[0]["prompt_tokens"] == details[1]["prompt_tokens"] > 1_500


async def test_overrides_stand_as_they_are(http: ClientSession, simulator: LlmSimulator) -> None:
    simulator.behave(overrides={"category": "nonsense"})
    said = await choice(http, simulator)
    assert json.loads(said["message"]["content"])["category"] == "nonsense"


async def outcomes(http: ClientSession, behaviour: Behaviour, *, backwards: bool) -> list[str]:
    """What each of 60 texts meets at its first and its second attempt, in the texts' order."""
    texts = [f"Text number {n} is fine." for n in range(60)]
    async with LlmSimulator.start(behaviour) as simulator:
        for _ in range(2):
            for text in reversed(texts) if backwards else texts:
                await ask(http, simulator, request(text))
        met = {(seen.text, seen.attempt): str(seen.fault) for seen in simulator.requests.latest}
    return [met[text, attempt] for text in texts for attempt in (1, 2)]


async def test_a_seed_replays_a_run_in_any_order(http: ClientSession) -> None:
    shares = {Fault.RATE_LIMIT: 0.2, Fault.UNAVAILABLE: 0.2}
    first = await outcomes(http, Behaviour(seed=1, faults=shares), backwards=False)
    again = await outcomes(http, Behaviour(seed=1, faults=shares), backwards=True)
    other = await outcomes(http, Behaviour(seed=2, faults=shares), backwards=False)
    assert first == again
    assert first != other
    # Of 120: six standard deviations around 24.
    assert all(abs(first.count(fault) - 24) < 27 and first.count(fault) for fault in shares)


async def test_500_at_once_are_all_answered_and_counted(simulator: LlmSimulator) -> None:
    simulator.behave(faults={Fault.HANG: 1.0})
    async with AsyncOpenAI(
        base_url=simulator.base_url, api_key="any", max_retries=0, timeout=60
    ) as client:
        hanging = [asyncio.create_task(create(client, request(f"hangs {n}"))) for n in range(500)]
        await until(lambda: simulator.requests.in_flight == 500, "all of them")
        for task in hanging:
            task.cancel()
        await until(lambda: simulator.requests.in_flight == 0, "the server to notice")
        latency = Latency(mean_s=0.1, shape=LatencyShape.LOGNORMAL)
        simulator.behave(faults={}, latency=latency)
        answers = await asyncio.gather(
            *(create(client, request(f"broken {n}")) for n in range(500))
        )
    assert simulator.requests.most_in_flight == 500
    assert simulator.requests.by_kind == {Fault.HANG: 500, "good": 500}
    for answer in answers:
        assert Answer.model_validate_json(answer.choices[0].message.content or "")


async def test_a_script_comes_before_the_shares(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(script=(None, Fault.SERVER_ERROR, None), faults={Fault.QUOTA: 1.0})
    statuses = [(await ask(http, simulator))[0] for _ in range(4)]
    assert statuses == [200, 500, 200, 429]


async def test_it_is_changed_and_asked_over_http(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    root = simulator.base_url.removesuffix("/v1")
    await ask(http, simulator)
    async with http.get(f"{root}/simulator/requests") as response:
        assert (await response.json())["by_kind"] == {"good": 1}
    async with http.get(f"{root}/simulator/behaviour") as response:
        shown = await response.json()
    shown["faults"] = {"unavailable": 1.0}
    shown["latency"] = {"mean_s": 0.01, "shape": "pareto"}
    async with http.put(f"{root}/simulator/behaviour", json=shown) as response:
        assert response.status == 200
    assert simulator.behaviour.faults == {Fault.UNAVAILABLE: 1.0}
    assert simulator.behaviour.latency.shape is LatencyShape.PARETO
    assert (await ask(http, simulator))[0] == 503
    shown["faults"] = {"unavailable": 2.0}
    async with http.put(f"{root}/simulator/behaviour", json=shown) as response:
        assert response.status == 400
        assert "unavailable" in await response.text()
