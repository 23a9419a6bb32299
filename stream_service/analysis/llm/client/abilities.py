"""What an endpoint can do: assumed at first, found out by its refusals, and remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from stream_service.analysis.llm.question import Question

TOP_LOGPROBS = 3
"""The category and its two rivals that count. Each more makes an answer longer: with five, 140
tokens take 55 KB, and reading them took a fifteenth of an event's CPU."""


class AnswerFormat(StrEnum):
    """How an endpoint is made to answer in JSON, the surest first.

    Calling a function is none of them: a llama.cpp server with Qwen2.5-Coder ignored
    ``tool_choice`` 30 times of 30.
    """

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"
    """Asked for in the prompt alone; the JSON is looked for in what comes."""


_NEXT_FORMAT = {
    AnswerFormat.JSON_SCHEMA: AnswerFormat.JSON_OBJECT,
    AnswerFormat.JSON_OBJECT: AnswerFormat.TEXT,
}

_OTHER_CAP = {
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_completion_tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """The optional parameters that are sent."""

    answer_format: AnswerFormat = AnswerFormat.JSON_SCHEMA
    log_probabilities: bool = True
    temperature: float | None = 0.0
    """None leaves it to the endpoint: reasoning models take no other than their own."""
    cap: str | None = "max_tokens"
    """The name of the cap on an answer's length. Servers of one's own know ``max_tokens``, and
    some silently ignore the newer ``max_completion_tokens`` (llama.cpp#13700)."""
    refused: frozenset[str] = frozenset()
    """Names of the cap that were refused already."""

    @classmethod
    def assumed(cls, *, is_openai: bool, answer_format: AnswerFormat | None) -> "Abilities":
        """What is tried first."""
        return cls(
            answer_format=answer_format or AnswerFormat.JSON_SCHEMA,
            cap="max_completion_tokens" if is_openai else "max_tokens",
        )

    def parameters(self, question: Question) -> Mapping[str, Any]:
        """What goes into the request beside model and messages."""
        parameters: dict[str, Any] = {}
        match self.answer_format:
            case AnswerFormat.JSON_SCHEMA:
                parameters["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {
                        "name": question.form.name,
                        "strict": True,
                        "schema": question.form.schema,
                    },
                }
            case AnswerFormat.JSON_OBJECT:
                parameters["response_format"] = {"type": "json_object"}
            case AnswerFormat.TEXT:
                pass
        if self.log_probabilities and question.form.tells_category:
            parameters |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        if self.temperature is not None:
            parameters["temperature"] = self.temperature
        if self.cap is not None:
            parameters[self.cap] = question.max_output_tokens
        return parameters

    def without(self, parameter: str) -> "Abilities | None":
        """What is left when ``parameter`` is refused, or None where it was not sent."""
        match parameter:
            case "response_format" if self.answer_format in _NEXT_FORMAT:
                return replace(self, answer_format=_NEXT_FORMAT[self.answer_format])
            case "logprobs" | "top_logprobs" if self.log_probabilities:
                return replace(self, log_probabilities=False)
            case "temperature" if self.temperature is not None:
                return replace(self, temperature=None)
            case "max_tokens" | "max_completion_tokens":
                return self._with_another_cap()
            case _:
                return None

    def _with_another_cap(self) -> "Abilities | None":
        # A refusal of max_tokens advises max_completion_tokens, and names both.
        if self.cap is None:
            return None
        refused = self.refused | {self.cap}
        other = _OTHER_CAP[self.cap]
        return replace(self, cap=None if other in refused else other, refused=refused)
