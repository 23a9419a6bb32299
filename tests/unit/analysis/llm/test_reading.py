"""What is read out of answers and refusals, and what of a text is sent."""

import contextlib
import json
import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.analysis.llm.answers.answer import read_analysis
from stream_service.analysis.llm.answers.confidence import category_confidence, intent_confidence
from stream_service.analysis.llm.answers.echo import EchoFinder
from stream_service.analysis.llm.answers.extraction import json_object_in
from stream_service.analysis.llm.client.reading_body import (
    completion_of,
    finish_reason_of,
    parsed_body,
    tokens_of,
)
from stream_service.analysis.llm.client.refusals import error_of, retry_after_s
from stream_service.analysis.llm.completion import FINISH_REASONS, TokenChoice, Tokens
from stream_service.analysis.llm.errors import (
    ContextTooLong,
    Declined,
    InvalidAnswer,
    LlmError,
    NotAuthorised,
    ParameterRefused,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    ServerFailed,
    Truncated,
    UnknownModel,
)
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.prompting.masking import has_check_digit, masked
from stream_service.analysis.llm.prompting.shortening import shortened
from stream_service.analysis.llm.prompting.tokens import estimated_tokens
from stream_service.contracts.analysis import Category
from tests.support.processor_time import of_this_thread


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (429, {"code": "insufficient_quota"}, QuotaExhausted),
        (429, {"message": "slow down"}, RateLimited),
        (401, {}, NotAuthorised),
        (403, {"message": "Forbidden"}, NotAuthorised),
        (403, {"message": 'requires moderation and your input was flagged for "hate"'}, Declined),
        (403, {"message": "Blocked by data loss prevention"}, Declined),
        (403, {"message": "Your account was flagged and may not do this"}, NotAuthorised),
        (401, {"message": "This API key was flagged"}, NotAuthorised),
        (404, {"code": "content_policy_violation"}, Declined),
        (500, {"code": "content_filter"}, Declined),
        (503, {"message": "The moderation service is unavailable"}, ServerFailed),
        (429, {"message": "Too many requests to moderation"}, RateLimited),
        (400, {"message": "triggering Azure OpenAI's content management policy"}, Declined),
        (404, {"code": "model_not_found"}, UnknownModel),
        (503, {}, ServerFailed),
        (400, {"code": "context_length_exceeded"}, ContextTooLong),
        (400, {"message": "exceed_context_size_error"}, ContextTooLong),
        (400, {"param": "response_format"}, ParameterRefused),
        (400, {"message": "Unsupported parameter: 'temperature'"}, ParameterRefused),
        (500, {"message": "failed to parse grammar"}, ParameterRefused),
        (400, {"message": "no"}, RequestRefused),
    ],
)
def test_a_refusal_is_told_by_code_words_or_status(
    status: int, error: dict[str, str], expected: type[LlmError]
) -> None:
    found = error_of(status, {"error": error}, {})
    assert type(found) is expected
    assert "slow down" not in str(found), "what an endpoint says may hold a customer's text"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_a_number_a_date_or_nothing(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds


def answering(finish: str | None = "stop", **message: object) -> bytes:
    return orjson.dumps({"choices": [{"message": message, "finish_reason": finish}]})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>504</html>", ServerFailed),
        (b"", ServerFailed),
        (b'{"choices": []}', ServerFailed),
        (b'{"choices": null}', ServerFailed),
        (b'{"choices": [{"message": ' + b"[" * 9_000, ServerFailed),
        (b'{"id": ' + b"[" * 9_000 + b"]" * 9_000 + b', "choices": []}', ServerFailed),
        (b'{"error": {"message": "CUDA out of memory", "code": 500}}', ServerFailed),
        (b'{"error": {"code": "insufficient_quota"}}', QuotaExhausted),
        (b'{"error": {"message": "slow down", "code": 429}}', RateLimited),
        (b'{"error": {"message": "prompt is too long", "code": 400}}', ContextTooLong),
        (b'{"error": "broken"}', ServerFailed),
        (answering(content=None), InvalidAnswer),
        (answering(content=" \n"), InvalidAnswer),
        (answering("tool_calls", content="{}"), InvalidAnswer),
        (answering("length", content="{"), Truncated),
        (answering("content_filter", content=None), Declined),
        (answering(content=None, refusal="No."), Declined),
        (answering("MAX_TOKENS", content="{"), Truncated),
        (answering("model_length", content="{"), Truncated),
        (answering("sensitive", content=""), Declined),
        (answering("insufficient_system_resource", content="{"), ServerFailed),
        (answering("error", content='{"category": "pra'), ServerFailed),
    ],
)
def test_whatever_comes_with_200_is_told_apart(body: bytes, expected: type[LlmError]) -> None:
    """L17: each has its own error, and none says that it cost no tokens."""
    with pytest.raises(LlmError) as caught:
        completion_of(parsed_body(body), asked_model="m")
    assert type(caught.value) is expected
    assert tokens_of(parsed_body(body)) == Tokens(input=None, output=None)


@pytest.mark.parametrize(
    "finish", ["stop", "STOP", "eos_token", "end", "", None, 2, "<|eot_id|>", "COMPLETE"]
)
def test_a_server_has_its_own_word_for_the_end(finish: object) -> None:
    message = {"content": '{"category": "praise"}'}
    body = orjson.dumps({"choices": [{"message": message, "finish_reason": finish}]})
    assert completion_of(parsed_body(body), asked_model="m").text == '{"category": "praise"}'


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_body_is_an_answer_or_one_of_our_errors(body: bytes) -> None:
    """L17: no bytes crash the reading."""
    with contextlib.suppress(LlmError):
        completion_of(parsed_body(body), asked_model="m")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "error", "usage", "logprobs", "finish_reason",
                 "top_logprobs", "token", "logprob", "prompt_tokens", "reasoning_content", "code"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_json_is_an_answer_or_one_of_our_errors(body: object) -> None:
    """L17: no JSON crashes the reading."""
    with contextlib.suppress(LlmError):
        completion_of(body, asked_model="m")
    reason = finish_reason_of(body)
    assert reason is None or reason in FINISH_REASONS, "an endpoint's own words name no reason"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answering("stop", content="{}"), "stop"),
        (answering("length", content="{"), "length"),
        (answering("the customer wrote", content="{}"), "other"),
        (b'{"choices": [{"message": {}}]}', None),
        (b'{"choices": []}', None),
        (b"no JSON", None),
    ],
)
def test_why_the_model_stopped_is_one_of_few_words(body: bytes, reason: str | None) -> None:
    assert finish_reason_of(parsed_body(body)) == reason


@given(JSON, JSON)
def test_what_stays_raw_tells_the_same(entry: object, rival: object) -> None:
    """L17: log-probabilities are parsed one token at a time, and only as far as needed."""
    tokens: list[object] = [
        {"token": '{"category": "', "logprob": 0, "top_logprobs": []},
        {"token": "praise", "logprob": -0.1, "top_logprobs": [rival]},
        entry,
    ]
    message = {"content": '{"category": "praise"}'}
    body: object = {"choices": [{"message": message, "logprobs": {"content": tokens}}]}
    # JSON has no infinity.
    plain = json.loads(json.dumps(body), parse_constant=lambda _name: None)
    told = completion_of(parsed_body(json.dumps(plain).encode()), asked_model="m")
    assert told == completion_of(plain, asked_model="m")
    assert len(told.choices) == 2


@pytest.mark.parametrize(
    "log_probabilities",
    [b"null", b"{}", b'{"content": null}', b'{"content": [{"token": "\xff"}]}', b"[]"],
)
def test_an_answer_without_readable_log_probabilities_is_one(log_probabilities: bytes) -> None:
    body = b'{"choices": [{"message": {"content": "{}"}, "logprobs": ' + log_probabilities + b"}]}"
    assert completion_of(parsed_body(body), asked_model="m").choices == ()


@given(st.text(max_size=300))
def test_any_text_is_an_analysis_or_an_invalid_answer(text: str) -> None:
    with contextlib.suppress(InvalidAnswer):
        read_analysis(text)


def test_what_is_malformed_beside_the_category_is_dropped() -> None:
    answer = read_analysis('{"category": "Praise ", "sentiment": {"label": "?"}, "keywords": 3}')
    assert answer.category is Category.PRAISE
    assert (answer.sentiment, answer.keywords) == (None, None)
    with pytest.raises(InvalidAnswer, match="category"):
        read_analysis('{"category": "rant"}')


def test_json_is_found_in_prose_and_a_cut_object_is_none() -> None:
    """L4, L17: a cut object is no answer."""
    assert json_object_in('Sure! {not it} ```json\n{"a": {"b": "}"}}\n```') == {"a": {"b": "}"}}
    assert json_object_in('{"category": "praise",') is None


@pytest.mark.parametrize(
    "thought",
    [
        '<think>\nIs it {"category": "praise"}? No.\n</think>\n',
        '◁think▷{"category": "praise"} or not◁/think▷',
        '<|channel|>analysis<|message|>{"category": "praise"}?<|channel|>final<|message|>',
    ],
)
def test_what_a_model_thinks_aloud_is_no_answer(thought: str) -> None:
    said = '{"category": "complaint", "summary": "Says </think> and {}."}'
    for answer in (said, f"```json\n{said}\n```"):
        assert read_analysis(thought + answer).category is Category.COMPLAINT
    assert read_analysis(said).category is Category.COMPLAINT


def choice(token: str, **alternatives: float) -> TokenChoice:
    return TokenChoice(
        token=token,
        alternatives=tuple((name, math.log(share)) for name, share in alternatives.items()),
    )


@pytest.mark.parametrize(
    "tokens",
    [
        [
            choice('{"category"'),
            choice(':"'),
            choice("pra", pra=0.8, qu=0.1, compl=0.1),
            choice("ise"),
        ],
        [
            TokenChoice(token='{"category": "', alternatives=()),
            TokenChoice(
                token='praise"',
                alternatives=(
                    ('praise"', math.log(0.8)),
                    ('question"', math.log(0.1)),
                    ('complaint"', math.log(0.1)),
                ),
            ),
        ],
        [
            TokenChoice(token='{"category":', alternatives=()),
            TokenChoice(
                token=' "praise',
                alternatives=(
                    (' "praise', math.log(0.4)),
                    (' "question', math.log(0.1)),
                    ("\n", math.log(0.5)),
                ),
            ),
        ],
    ],
    ids=["split", "with its quote", "with marks before"],
)
def test_the_categorys_share_is_told_however_a_tokenizer_cuts(tokens: list[TokenChoice]) -> None:
    assert category_confidence(tokens, Category.PRAISE) == pytest.approx(0.8)


def test_without_the_categorys_token_nothing_is_known() -> None:
    assert category_confidence([], Category.PRAISE) is None
    assert category_confidence([choice("Hello", Hello=1.0)], Category.PRAISE) is None


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (['", "intent"', ': "', "ref", "und", '", "faq"'], 0.9**3),
        (['", "intent":', ' "refund', '"}'], 0.9**2),
        (['", "intent":"refund"}'], 0.9),
        (['", "intent": null, "faq": "refund"}'], None),
        (['", "keywords": ["intent"]}'], None),
        (['", "intent": "ref'], None),
        ([], None),
    ],
)
def test_an_intent_is_as_probable_as_all_of_its_tokens(
    tokens: list[str], expected: float | None
) -> None:
    following = [(token, math.log(0.9)) for token in tokens]
    assert intent_confidence('{"category": "question', following) == (
        expected if expected is None else pytest.approx(expected)
    )


@pytest.mark.parametrize(("category", "expected"), [("question", 0.25), ("praise", None)])
def test_of_a_question_the_intent_s_probability_is_read(
    category: str, expected: float | None
) -> None:
    words = ['{"category": "', category, '", "intent": "', "refund", '"}']
    logs = [0.0, math.log(0.9), 0.0, math.log(0.25), 0.0]
    tokens: list[object] = [
        {"token": word, "logprob": log, "top_logprobs": []}
        for word, log in zip(words, logs, strict=True)
    ]
    message = {"content": "".join(words)}
    body: object = {"choices": [{"message": message, "logprobs": {"content": tokens}}]}
    for parsed in (parsed_body(orjson.dumps(body)), body):
        sure = completion_of(parsed, asked_model="m").intent_confidence
        assert sure == (expected if expected is None else pytest.approx(expected))


def test_details_are_masked_and_put_back() -> None:
    text = (
        "写信到 jo@example.com，或打 138 1234 5678；card 4111-1111-1111-1111, order 1234567890123"
    )
    hidden = masked(text, "zh")
    for secret in ("jo@example.com", "138 1234", "4111"):
        assert secret not in hidden.text
    assert "1234567890123" in hidden.text, "no card: the check digit is wrong"
    assert hidden.restored(hidden.text) == text
    assert hidden.restored("[EMAIL_9]") == "[EMAIL_9]"
    assert has_check_digit("4111 1111 1111 1111")


@pytest.mark.parametrize(
    "address",
    [
        "zhang@qq.com",
        "zhang.san+1@mail.example.com.cn",
        "jürgen@müller.example",
        "иван@почта.рф",
        "zhang@公司.cn",
        "zhang@例子.公司",
    ],
)
def test_an_address_is_masked_whole_and_without_the_chinese_that_touches_it(address: str) -> None:
    before, after = "物流很快，但是用了两天就坏了联系", "一直不退款"
    hidden = masked(f"{before}{address}{after}", "zh")
    assert hidden.text == f"{before}[EMAIL_1]{after}"
    assert hidden.details == {"[EMAIL_1]": address}


@pytest.mark.parametrize("address", ["张三@例子.中国", "张三@example.cn"])
def test_a_name_in_chinese_is_masked_with_its_address(address: str) -> None:
    hidden = masked(f"用了两天就坏了，写给 {address} 也没用", "zh")
    assert hidden.text == "用了两天就坏了，写给 [EMAIL_1] 也没用"


@pytest.mark.parametrize("text", ["late " * 5_000, "太慢了" * 5_000])
def test_a_long_text_keeps_head_and_tail_within_its_tokens(text: str) -> None:
    marked = f"HEAD{text}TAIL"
    short, is_shortened = shortened(marked, 500)
    assert is_shortened
    assert short.startswith("HEAD") and short.endswith("TAIL")
    assert "characters left out" in short
    assert estimated_tokens(short) < 600
    assert shortened("short", 500) == ("short", False)


def test_a_release_costs_what_its_model_does_and_a_namesake_is_unknown() -> None:
    prices = PriceTable.load(None)
    tokens = Tokens(input=1_000_000, output=1_000_000, cached_input=500_000)
    assert prices.cost_usd("gpt-4.1-mini", tokens) == pytest.approx(0.2 + 0.05 + 1.6)
    assert prices.cost_usd("gpt-4.1-mini-2025-04-14", tokens) == pytest.approx(1.85)
    assert prices.cost_usd("gpt-5-pro", tokens) is None
    assert prices.cost_usd("gpt-4.1-mini", Tokens()) is None


def test_a_run_of_the_instructions_is_an_echo_and_common_words_are_none() -> None:
    finder = EchoFinder("You read customer feedback for a support team and answer with JSON.")
    assert finder.echoes("Sure: you read customer feedback for a support team and")
    assert not finder.echoes("Our support team read your feedback, and we answer you soon.")


def test_an_answer_of_braces_takes_no_long_time() -> None:
    for text in ("{ " * 1_000_000, '{"a": "' * 200_000, '{"a": {' * 100_000, "[{" * 500_000):
        with of_this_thread() as processor_time:
            assert json_object_in(text) is None
        assert processor_time.spent_s < 1.0  # looked through by Python: 20 times the whole
