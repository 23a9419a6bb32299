"""The simulated endpoint answers as a good one does, and refuses by name what is wrong."""

import json
import math
from typing import Any

import pytest
from aiohttp import ClientSession
from openai import AsyncOpenAI

from stream_service.devkit.llm_simulator import (
    LlmSimulator,
    LogprobSupport,
    StructuredOutput,
)
from tests.support.simulator_requests import COMPLAINT, Answer, ask, choice, request


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
