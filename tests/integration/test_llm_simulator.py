"""The simulated language model endpoint, asked over its socket."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import openai
import pytest
import pytest_asyncio
from aiohttp import ClientError, ClientPayloadError, ClientSession, ClientTimeout
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from stream_service.devkit.llm_simulator import (
    Behaviour,
    Fault,
    Latency,
    LatencyShape,
    LlmSimulator,
    LogprobSupport,
    StructuredOutput,
)
from tests.support.waiting import until


class Answer(BaseModel):
    category: Literal["complaint", "praise", "question", "other"]
    language: str
    summary: str
    draft: str


FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": Answer.model_json_schema(), "strict": True},
}
COMPLAINT = "The parcel arrived late and broken."


@pytest_asyncio.fixture(loop_scope="session")
async def simulator() -> AsyncIterator[LlmSimulator]:
    async with LlmSimulator.start() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(timeout=ClientTimeout(total=20)) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def client(simulator: LlmSimulator) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=simulator.base_url, api_key="any", max_retries=0, timeout=20
    ) as made:
        yield made


def request(text: str = COMPLAINT, **more: Any) -> dict[str, Any]:
    data = json.dumps({"text": text}, ensure_ascii=False)
    return {
        "model": "some-model",
        "messages": [
            {"role": "system", "content": "Judge the feedback."},
            {"role": "user", "content": f"<data-7f3a>{data}</data-7f3a>"},
        ],
        "response_format": FORMAT,
        **more,
    }


async def ask(
    http: ClientSession, simulator: LlmSimulator, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Status, headers with lower-case names, and the body: JSON where it is, else text."""
    url = f"{simulator.base_url}/chat/completions"
    async with http.post(url, json=body or request()) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_json = response.content_type == "application/json"
        return response.status, headers, await (response.json() if is_json else response.text())


async def create(client: AsyncOpenAI, body: dict[str, Any]) -> ChatCompletion:
    # Typed here: the client has one overload for each mixture of arguments.
    make: Any = client.chat.completions.create
    return await make(**body)


async def choice(
    http: ClientSession, simulator: LlmSimulator, body: dict[str, Any] | None = None
) -> Any:
    status, _, answer = await ask(http, simulator, body)
    assert status == 200, answer
    [only] = answer["choices"]
    return only


@pytest.mark.parametrize(
    ("text", "category", "language"),
    [
        (COMPLAINT, "complaint", "en"),
        ("包裹晚到了，外箱都压扁了，太失望了。", "complaint", "zh"),
        ("Lovely people, spotless room. Thank you!", "praise", "en"),
        ("前台特别热情，房间很干净，下次还来！", "praise", "zh"),
        ("How do I change the delivery address?", "question", "en"),
        ("请问你们支持分期付款吗？", "question", "zh"),
        ("My neighbour has a garden.", "other", "en"),
        ("我家楼下有一个花园。", "other", "zh"),
    ],
)
async def test_it_judges_plausibly_in_the_schema_that_is_asked_for(
    http: ClientSession, simulator: LlmSimulator, text: str, category: str, language: str
) -> None:
    said = await choice(http, simulator, request(text))
    answer = Answer.model_validate_json(said["message"]["content"])
    assert (answer.category, answer.language) == (category, language)
    assert ("\u4e00" <= answer.draft[0] <= "\u9fff") is (language == "zh")
    assert said["finish_reason"] == "stop"


async def test_the_official_client_parses_its_answers(client: AsyncOpenAI) -> None:
    parsed = await client.chat.completions.parse(
        model="some-model",
        messages=[{"role": "user", "content": COMPLAINT}],
        response_format=Answer,
        logprobs=True,
        top_logprobs=5,
    )
    assert parsed.choices[0].message.parsed is not None
    assert parsed.choices[0].message.parsed.category == "complaint"
    assert parsed.usage is not None
    assert parsed.usage.total_tokens == parsed.usage.prompt_tokens + parsed.usage.completion_tokens
    assert [model.id async for model in client.models.list()] == ["simulator"]


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


async def test_a_good_answer_is_cut_at_the_cap_too(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    _, _, body = await ask(http, simulator, request(max_completion_tokens=10))
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 10


async def test_structured_output_is_refused_where_it_is_not_offered(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    json_object = request(response_format={"type": "json_object"})
    json_object["messages"][0]["content"] += ' Answer in JSON like {"category": "…", "draft": "…"}'
    plain = {name: part for name, part in json_object.items() if name != "response_format"}
    seen: dict[StructuredOutput, list[int]] = {}
    for offered in StructuredOutput:
        simulator.behave(structured_output=offered)
        answers = [await ask(http, simulator, body) for body in (request(), json_object, plain)]
        seen[offered] = [status for status, _, _ in answers]
        said = answers[2][2]["choices"][0]["message"]["content"]
        assert json.loads(said).keys() == {"category", "draft"}
    assert seen == {
        StructuredOutput.JSON_SCHEMA: [200, 200, 200],
        StructuredOutput.JSON_OBJECT: [400, 200, 200],
        StructuredOutput.NONE: [400, 400, 200],
    }


async def test_a_prompt_without_json_is_answered_in_words(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    said = await choice(http, simulator, request("太棒了，谢谢！", response_format=None))
    assert said["message"]["content"].startswith("非常感谢")


async def test_keys_models_and_context_are_checked(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    simulator.behave(api_key="right")
    assert (await ask(http, simulator))[0] == 401
    simulator.behave(api_key=None, models=("other-model",))
    assert (await ask(http, simulator))[0] == 404
    simulator.behave(models=(), context_tokens=100)
    status, _, body = await ask(http, simulator, request("word " * 200))
    assert (status, body["error"]["code"]) == (400, "context_length_exceeded")
    assert (await ask(http, simulator))[0] == 200
    assert simulator.requests.by_kind == {"refused": 3, "good": 1}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        ({"model": "m", "messages": []}, "messages"),
        ({"model": "m", "messages": ["x"]}, "messages"),
        (request(response_format={"type": "xml"}), "response_format"),
        (request(response_format={"type": "json_object"}), "messages"),
        (request(top_logprobs=3), "top_logprobs"),
        (request(logprobs=True, top_logprobs=21), "top_logprobs"),
        (request(max_tokens=0), "max_tokens"),
        (request(stream=True), "stream"),
    ],
)
async def test_a_wrong_request_is_refused_by_name(
    http: ClientSession, simulator: LlmSimulator, body: dict[str, Any], param: str
) -> None:
    status, _, answer = await ask(http, simulator, body)
    assert (status, answer["error"]["param"]) == (400, param)


@pytest.mark.parametrize("support", [LogprobSupport.GIVEN, LogprobSupport.GIVEN_IN_PIECES])
async def test_the_category_s_token_is_as_likely_as_the_cues_are_sure(
    http: ClientSession, simulator: LlmSimulator, support: LogprobSupport
) -> None:
    simulator.behave(certainty=0.7, logprobs=support)
    said = await choice(http, simulator, request(logprobs=True, top_logprobs=6))
    entries = said["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == said["message"]["content"]
    assert all(len(entry["top_logprobs"]) == 6 for entry in entries)
    [place] = [n for n, entry in enumerate(entries) if entry["token"] == "category"]
    token = entries[place + 2]
    pieces = support is LogprobSupport.GIVEN_IN_PIECES
    assert token["token"] == ("compl" if pieces else "complaint")
    assert math.isclose(math.exp(token["logprob"]), 0.7, abs_tol=1e-6)
    assert bytes(token["bytes"]).decode() == token["token"]
    likely = {top["token"]: math.exp(top["logprob"]) for top in token["top_logprobs"]}
    assert likely[token["token"]] == max(likely.values())
    assert math.isclose(sum(likely.values()), 1, abs_tol=1e-3)
    if pieces:
        assert entries[place + 3]["token"] == "aint"


async def test_logprobs_may_be_ignored_or_refused(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    wish = request(logprobs=True, top_logprobs=2)
    simulator.behave(logprobs=LogprobSupport.IGNORED)
    assert (await choice(http, simulator, wish))["logprobs"] is None
    simulator.behave(logprobs=LogprobSupport.REFUSED)
    assert (await ask(http, simulator, wish))[0] == 400


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


async def test_the_newest_user_message_with_data_is_the_customer_s_text(
    http: ClientSession, simulator: LlmSimulator
) -> None:
    body = request("Lovely, thank you!")
    body["messages"] += [
        {"role": "assistant", "content": '{"category":'},
        {"role": "user", "content": "That was broken JSON: answer again."},
    ]
    said = await choice(http, simulator, body)
    assert json.loads(said["message"]["content"])["category"] == "praise"
    assert simulator.requests.latest[-1].text == "Lovely, thank you!"
    assert simulator.requests.latest[-1].body == body


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
