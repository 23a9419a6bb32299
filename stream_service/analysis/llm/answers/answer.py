"""The model's answer: its JSON Schema, and reading what comes."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from stream_service.analysis.llm.answers.extraction import json_object_in
from stream_service.analysis.llm.errors import InvalidAnswer
from stream_service.analysis.llm.prompting.guidance import Guidance
from stream_service.contracts.analysis import Category, SentimentLabel, Urgency

Value = TypeVar("Value")


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


def _plain(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _language(value: object) -> object:
    if not isinstance(value, str):
        return value
    code = value.strip().lower()
    return _LANGUAGE_NAMES.get(code) or re.split(r"[-_]", code)[0]


_LANGUAGE_NAMES = {"english": "en", "chinese": "zh", "中文": "zh", "英文": "en", "英语": "en"}
"""What small models say instead of a code."""

Tolerant = Annotated[Value | None, WrapValidator(_or_none)]
"""Dropped where it is malformed: the branch nodes complete what is missing."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AspectAnswer(_Part):
    """How one aspect was felt."""

    aspect: str
    label: Annotated[SentimentLabel, BeforeValidator(_plain)]


class SentimentAnswer(_Part):
    """How the customer feels."""

    label: Annotated[SentimentLabel, BeforeValidator(_plain)]
    score: float
    aspects: tuple[AspectAnswer, ...] = ()


class EntityAnswer(_Part):
    """A thing that is named."""

    type: str
    text: str


class AnalysisAnswer(_Part):
    """The answer to an analysis. Only the category must be there."""

    category: Annotated[Category, BeforeValidator(_plain)]
    language: Tolerant[Annotated[str, BeforeValidator(_language)]] = None
    sentiment: Tolerant[SentimentAnswer] = None
    keywords: Tolerant[tuple[str, ...]] = None
    intent: Tolerant[str] = None
    faq: Tolerant[str] = None
    urgency: Tolerant[Annotated[Urgency, BeforeValidator(_plain)]] = None
    entities: Tolerant[tuple[EntityAnswer, ...]] = None
    summary: Tolerant[str] = None
    strategy: Tolerant[str] = None
    draft: Tolerant[str] = None


class DraftAnswer(_Part):
    """The answer to a commission."""

    draft: str


def read_analysis(text: str) -> AnalysisAnswer:
    """Read the answer to an analysis. Raises InvalidAnswer."""
    return _read(AnalysisAnswer, text)


def read_draft(text: str) -> DraftAnswer:
    """Read the answer to a commission. Raises InvalidAnswer."""
    return _read(DraftAnswer, text)


def check_analysis(text: str) -> None:
    """Raise InvalidAnswer for a text that is no analysis."""
    read_analysis(text)


def check_draft(text: str) -> None:
    """Raise InvalidAnswer for a text that is no draft."""
    if not read_draft(text).draft.strip():
        raise InvalidAnswer("draft is empty", text=text)


def analysis_schema(guidance: Guidance, *, with_draft: bool) -> Mapping[str, Any]:
    """The JSON Schema of an analysis, in the subset that OpenAI calls strict.

    The category comes first: no other words sway it, and its token's probability is its own.
    """
    properties: dict[str, Any] = {
        "category": _enum(Category),
        "language": {"type": "string"},
        "sentiment": _object(
            {
                "label": _enum(SentimentLabel),
                "score": {"type": "number"},
                "aspects": _list(
                    _object({"aspect": _enum(guidance.aspects), "label": _enum(SentimentLabel)})
                ),
            }
        ),
        "keywords": _list({"type": "string"}),
        "intent": _or_null(guidance.intents),
        **({"faq": _or_null(one.id for one in guidance.faq)} if guidance.faq else {}),
        "urgency": _enum(Urgency),
        "entities": _list(_object({"type": {"type": "string"}, "text": {"type": "string"}})),
        "summary": {"type": "string"},
        "strategy": _enum(guidance.strategy_ids),
    }
    if with_draft:
        properties["draft"] = {"type": "string"}
    return _object(properties)


def draft_schema() -> Mapping[str, Any]:
    """The JSON Schema of a draft alone."""
    return _object({"draft": {"type": "string"}})


_Answer = TypeVar("_Answer", bound=_Part)


def _read(form: type[_Answer], text: str) -> _Answer:
    found = json_object_in(text)
    if found is None:
        raise InvalidAnswer("no whole JSON object was found in it", text=text)
    try:
        return form.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the object"
        raise InvalidAnswer(f"{place}: {first['msg']}", text=text) from None


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _enum(values: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(value) for value in values]}


def _or_null(values: Iterable[str]) -> dict[str, Any]:
    return {"anyOf": [_enum(values), {"type": "null"}]}
