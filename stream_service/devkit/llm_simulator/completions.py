"""The completion object around an answer."""

import itertools
import time
from dataclasses import dataclass
from typing import Any

from stream_service.devkit.llm_simulator.answers import Answer
from stream_service.devkit.llm_simulator.behaviour import Behaviour, LogprobSupport
from stream_service.devkit.llm_simulator.chat_request import ChatRequest
from stream_service.devkit.llm_simulator.logprobs import answer_logprobs
from stream_service.devkit.llm_simulator.tokens import count_tokens, cut_to_tokens

_CACHED_FROM, _CACHED_STEP = 1024, 128
"""OpenAI's prompt caching: from 1,024 tokens on, in steps of 128."""

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a completion's message says, and why it ends."""

    content: str | None
    finish_reason: str = "stop"
    refusal: str | None = None
    reasoning_content: str | None = None


def capped(content: str, request: ChatRequest) -> Said:
    """An answer, cut where the request's cap on tokens cuts it."""
    if request.most_tokens is None or count_tokens(content) <= request.most_tokens:
        return Said(content=content)
    return Said(content=cut_to_tokens(content, request.most_tokens), finish_reason="length")


def completion(
    request: ChatRequest, said: Said, answer: Answer, behaviour: Behaviour, *, prefix_known: bool
) -> dict[str, Any]:
    """The whole body of a 200."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said.content,
        "refusal": said.refusal,
    }
    if said.reasoning_content is not None:
        message["reasoning_content"] = said.reasoning_content
    return {
        "id": f"chatcmpl-simulated-{next(_numbers)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.model,
        "system_fingerprint": "simulator",
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": _logprobs(request, said, answer, behaviour),
                "finish_reason": said.finish_reason,
            }
        ],
        "usage": _usage(request, said, prefix_known=prefix_known),
    }


def _logprobs(
    request: ChatRequest, said: Said, answer: Answer, behaviour: Behaviour
) -> dict[str, Any] | None:
    if request.top_logprobs is None:
        return None
    in_pieces = behaviour.logprobs is LogprobSupport.GIVEN_IN_PIECES
    entries = answer_logprobs(
        said.content or "", answer.reading, request.top_logprobs, in_pieces=in_pieces
    )
    return {"content": entries, "refusal": None}


def _usage(request: ChatRequest, said: Said, *, prefix_known: bool) -> dict[str, Any]:
    words = (said.content, said.refusal, said.reasoning_content)
    completion_tokens = sum(count_tokens(part) for part in words if part)
    cached = request.prefix_tokens if prefix_known else 0
    return {
        "prompt_tokens": request.prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": request.prompt_tokens + completion_tokens,
        "prompt_tokens_details": {
            "cached_tokens": cached // _CACHED_STEP * _CACHED_STEP if cached >= _CACHED_FROM else 0
        },
    }
