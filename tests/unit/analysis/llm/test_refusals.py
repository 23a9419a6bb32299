"""What refusals mean, in the words of the endpoints and gateways that are known to use them."""

from typing import Any

import pytest

from stream_service.analysis.llm.client.refusals import error_of
from stream_service.analysis.llm.errors import (
    ContextTooLong,
    Declined,
    LlmError,
    NotAuthorised,
    ParameterRefused,
    QuotaExhausted,
    RequestRefused,
    ServerFailed,
    UnknownModel,
)


def meant(status: int, error: object) -> type[LlmError]:
    return type(error_of(status, {"error": error}, {}))


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (
            404,
            "No endpoints available matching your guardrail restrictions and data policy."
            " Configure: https://openrouter.ai/settings/privacy",
            UnknownModel,
        ),
        (404, "The model `omni-moderation-latest` does not exist", UnknownModel),
        (403, "Your key is blocked by a guardrail: model not allowed", NotAuthorised),
        (403, "No allowed endpoints: blocked by a guardrail on requests", NotAuthorised),
        (403, "The organization was flagged for the content of its requests", NotAuthorised),
        (400, "Your account was flagged for violating our usage policies", NotAuthorised),
        (400, "Unknown parameter: 'moderation'", RequestRefused),
        (400, "Extra inputs are not permitted: content_filter", RequestRefused),
        (400, "guardrail 'pii' not found", RequestRefused),
        (400, "content_filter policy not found", RequestRefused),
        (400, "Output guardrail 'demo' failed to evaluate: no content", RequestRefused),
        (400, "Invalid value for max_tokens; context window 4096, flagged_items", ContextTooLong),
        (400, "The moderation model does not know `temperature`", ParameterRefused),
        (502, "Your prompt was not blocked; moderation failed", ServerFailed),
        (
            403,
            "<html><title>Web Page Blocked</title>Content filter: your request was blocked.</html>",
            NotAuthorised,
        ),
    ],
)
def test_what_is_set_up_wrongly_is_no_refusal_of_a_text(
    status: int, message: str, expected: type[LlmError]
) -> None:
    """However much it talks of filters: every text would be refused, and nobody told."""
    assert meant(status, {"message": message}) is expected


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, {"message": 'm requires moderation on OpenAI. Your input was flagged for "hate".'}),
        (403, {"message": "Request blocked: prompt injection patterns detected"}),
        (400, {"message": "Request blocked by input guardrail 'demo'"}),
        (400, {"message": "Violated guardrail policy", "type": "None", "code": "400"}),
        (400, {"detail": {"error": "Violated OpenAI moderation policy"}}),
        (446, {"message": "The guardrail checks defined in the config failed.",
               "type": "hooks_failed"}),
        (446, {"code": "900514", "message": {"action": "GUARDRAIL_INTERVENED"}}),
        (422, {"message": "Runtime Error", "description": "Violation of a guardrail detected."}),
        (424, [{"code": 2016, "message": "Prompt blocked due to security configurations"}]),
        (400, {"code": "data_inspection_failed"}),
        (500, {"code": "data_inspection_failed"}),
        (400, {"message": "Input data may contain inappropriate content."}),
        (400, {"message": "Content Exists Risk", "code": "invalid_request_error"}),
        (400, {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}),
        (400, {"message": "Invalid prompt: your prompt was flagged as potentially violating our"
                          " usage policy."}),
        (400, {"message": "Your request was rejected as a result of our safety system. It may"
                          " contain content that is not allowed by our safety system."}),
        (400, {"message": "Your prompt was blocked by the content filter's safety settings."}),
        (400, {"message": "litellm.ContentPolicyViolationError: AzureException - no."
                          " Received Model Group=gpt-4"}),
    ],
)  # fmt: skip
def test_a_text_that_a_filter_refuses_is_declined(status: int, error: Any) -> None:
    assert meant(status, error) is Declined


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (402, {"message": "Insufficient Balance"}, QuotaExhausted),
        (402, {"message": "This request requires more credits, or fewer max_tokens."},
         QuotaExhausted),
        (400, {"code": "Arrearage", "message": "Access denied, please make sure your account is in"
                                               " good standing."}, QuotaExhausted),
        (403, {"message": "Access denied due to overdue account"}, QuotaExhausted),
        (429, {"code": "1113", "message": "您的账户已欠费，请充值后重试。"}, QuotaExhausted),
        (429, {"type": "exceeded_current_quota_error"}, QuotaExhausted),
        (400, {"message": "API key not valid. Please pass a valid API key."}, NotAuthorised),
        (400, {"message": "Invalid model name passed in model=m. Call `/v1/models`"}, UnknownModel),
        (400, {"message": "m is not a valid model ID"}, UnknownModel),
        (400, {"message": "Model Not Exist"}, UnknownModel),
        (400, {"message": "The model `m` does not support this response_format"},
         ParameterRefused),
    ],
)  # fmt: skip
def test_money_key_and_model_are_told_whatever_the_status(
    status: int, error: Any, expected: type[LlmError]
) -> None:
    """A 400 would be one text's: nobody would be told that all others fail as well."""
    assert meant(status, error) is expected
