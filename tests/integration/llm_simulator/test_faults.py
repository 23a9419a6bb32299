"""The simulated endpoint fails in all the ways that endpoints do."""

import asyncio
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai
import pytest
from aiohttp import ClientError, ClientPayloadError, ClientSession
from openai import AsyncOpenAI

from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    LlmSimulator,
)
from tests.support.simulator_requests import Answer, ask, choice, create, request
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (Fault.RATE_LIMIT, openai.RateLimitError, "rate_limit_exceeded"),
        (Fault.RATE_LIMIT_SILENT, openai.RateLimitError, "rate_limit_exceeded"),
        (Fault.QUOTA, openai.RateLimitError, "insufficient_quota"),
        (Fault.SERVER_ERROR, openai.InternalServerError, None),
        (Fault.UNAVAILABLE, openai.InternalServerError, "overloaded"),
        (Fault.BAD_KEY, openai.AuthenticationError, "invalid_api_key"),
        (Fault.UNKNOWN_MODEL, openai.NotFoundError, "model_not_found"),
        (Fault.CONTEXT_LENGTH, openai.BadRequestError, "context_length_exceeded"),
    ],
)
async def test_errors_are_those_of_the_official_client(
    client: AsyncOpenAI,
    simulator: LlmSimulator,
    fault: Fault,
    error: type[openai.APIStatusError],
    code: str | None,
) -> None:
    simulator.behave(script=(fault,))
    with pytest.raises(error) as raised:
        await create(client, request())
    assert raised.value.code == code
    assert simulator.requests.by_kind == {fault: 1}
    await create(client, request())


async def test_retry_after_comes_in_its_three_forms(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    faults = (Fault.RATE_LIMIT, Fault.RATE_LIMIT_MS, Fault.RATE_LIMIT_DATE, Fault.RATE_LIMIT_SILENT)
    simulator.behave(script=faults, retry_after_s=2.5)
    seconds, milliseconds, date, silent = [await ask(http, simulator) for _ in faults]
    assert {status for status, _, _ in (seconds, milliseconds, date, silent)} == {429}
    assert seconds[1]["retry-after"] == "3"
    assert milliseconds[1]["retry-after-ms"] == "2500"
    then = parsedate_to_datetime(date[1]["retry-after"])
    assert 0 < (then - datetime.now(UTC)).total_seconds() <= 3.5
    assert not {"retry-after", "retry-after-ms"} & silent[1].keys()


async def test_a_hanging_request_ends_with_its_client(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(faults={Fault.HANG: 1.0})
    asking = asyncio.create_task(ask(http, simulator))
    await until(lambda: simulator.requests.in_flight == 1, "the request")
    asking.cancel()
    await until(lambda: simulator.requests.in_flight == 0, "the server to notice")
    assert simulator.requests.abandoned == 1


async def test_the_simulator_ends_while_requests_hang(http: ClientSession) -> None:
    async with asyncio.timeout(10):
        async with LlmSimulator.start(Behaviour(faults={Fault.HANG: 1.0})) as simulator:
            asking = asyncio.create_task(ask(http, simulator))
            await until(lambda: simulator.requests.in_flight == 1, "the request")
        with pytest.raises(ClientError):
            await asking


async def test_a_reset_is_a_reset(simulator: LlmSimulator) -> None:
    simulator.behave(faults={Fault.RESET: 1.0})
    port = int(simulator.base_url.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(request()).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    # A connection that is closed (FIN) would give an empty read instead.
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_slow_bytes_come_one_after_another(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(faults={Fault.SLOW_BYTES: 1.0}, dribble_interval_s=0.0, dribble_bytes=8)
    said = await choice(http, simulator)
    Answer.model_validate_json(said["message"]["content"])
    # A client that gives up in the middle has part of a body, and the server no handler left.
    simulator.behave(dribble_interval_s=60.0)
    async with http.post(f"{simulator.base_url}/chat/completions", json=request()) as response:
        assert response.status == 200
        assert await response.content.readany() == b'{"id":"c'
    await until(lambda: simulator.requests.in_flight == 0, "the server to notice")


@pytest.mark.parametrize(
    ("fault", "content", "finish_reason"),
    [
        (Fault.CUT_JSON, '{"category":"complaint",', "stop"),
        (Fault.CONTENT_FILTER, None, "content_filter"),
        (Fault.REASONING_CONTENT, "", "stop"),
    ],
)
async def test_answers_that_are_none(
    http: ClientSession,
    simulator: LlmSimulator,
    fault: Fault,
    content: str | None,
    finish_reason: str,
) -> None:
    simulator.behave(faults={fault: 1.0})
    said = await choice(http, simulator)
    assert said["message"]["content"] == content
    assert said["finish_reason"] == finish_reason
    reasoning = said["message"].get("reasoning_content")
    if fault is Fault.REASONING_CONTENT:
        Answer.model_validate_json(reasoning)
    else:
        assert reasoning is None


async def test_an_answer_that_ends_half_way_says_length(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    whole = (await choice(http, simulator))["message"]["content"]
    simulator.behave(faults={Fault.LENGTH: 1.0})
    said = await choice(http, simulator)
    assert said["finish_reason"] == "length"
    assert whole.startswith(said["message"]["content"])
    assert len(said["message"]["content"]) < len(whole)


async def test_an_answer_may_be_wrapped(http: ClientSession, simulator: LlmSimulator) -> None:
    simulator.behave(script=(Fault.FENCED, Fault.PROSE))
    fenced = (await choice(http, simulator))["message"]["content"]
    Answer.model_validate_json(fenced.removeprefix("```json\n").removesuffix("\n```"))
    prose = (await choice(http, simulator))["message"]["content"]
    assert not prose.startswith("{")
    Answer.model_validate_json(prose[prose.index("{") : prose.rindex("}") + 1])


async def test_a_refusal_has_words_but_no_content(
    client: AsyncOpenAI, simulator: LlmSimulator
) -> None:
    simulator.behave(faults={Fault.REFUSAL: 1.0})
    said = await create(client, request())
    assert said.choices[0].message.content is None
    assert said.choices[0].message.refusal


async def test_bodies_that_are_no_completion(http: ClientSession, simulator: LlmSimulator) -> None:
    simulator.behave(
        script=(
            Fault.EMPTY_CHOICES,
            Fault.NULL_CHOICES,
            Fault.ERROR_IN_200,
            Fault.HTML,
            Fault.MISSING_USAGE,
        )
    )
    answers = [await ask(http, simulator) for _ in range(5)]
    assert {status for status, _, _ in answers} == {200}
    empty, null, error, page, silent = [body for _, _, body in answers]
    assert empty["choices"] == []
    assert null["choices"] is None
    assert error.keys() == {"error"}
    assert "<html>" in page
    assert "usage" not in silent
    assert silent["choices"]


async def test_white_space_ends_at_the_cap_or_runs_away(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(faults={Fault.ENDLESS_WHITESPACE: 1.0}, runaway_tokens=2_000)
    capped = await ask(http, simulator, request(max_completion_tokens=50))
    simulator.behave(obeys_completion_cap=False)
    ignored = await ask(http, simulator, request(max_completion_tokens=50))
    both = await ask(http, simulator, request(max_completion_tokens=50, max_tokens=50))
    used = [body["usage"]["completion_tokens"] for _, _, body in (capped, ignored, both)]
    assert used == [50, 2_000, 50]
    for _, _, body in (capped, ignored, both):
        assert body["choices"][0]["finish_reason"] == "length"
        assert body["choices"][0]["message"]["content"].endswith("\n\n")


async def test_an_outage_refuses_connections_and_ends(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    assert (await ask(http, simulator))[0] == 200
    simulator.behave(faults={Fault.HANG: 1.0})
    asking = asyncio.create_task(ask(http, simulator))
    await until(lambda: simulator.requests.in_flight == 1, "the request")
    async with simulator.unreachable():
        with pytest.raises((ClientError, ClientPayloadError)):
            await asking
        with pytest.raises(ClientError):
            await ask(http, simulator)
    simulator.behave(faults={})
    assert (await ask(http, simulator))[0] == 200
