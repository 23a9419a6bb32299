"""What the simulated model says where it knows a property by its name."""

from collections.abc import Callable, Mapping
from typing import Any

from stream_service.devkit.llm_simulator.drafts import draft_reply
from stream_service.devkit.llm_simulator.reading import CueReading

_INTENTS = {
    "complaint": "report_problem",
    "praise": "give_praise",
    "question": "ask_information",
    "other": "other",
}


def _sentiment_label(reading: CueReading) -> str:
    for limit, label in ((-0.6, "very_negative"), (-0.2, "negative"), (0.2, "neutral")):
        if reading.score <= limit:
            return label
    return "positive" if reading.score < 0.6 else "very_positive"


def _sentiment(reading: CueReading) -> dict[str, Any]:
    return {
        "label": _sentiment_label(reading),
        "score": reading.score,
        "aspects": _aspects(reading),
    }


def _aspects(reading: CueReading) -> list[dict[str, Any]]:
    label = _sentiment_label(reading)
    return [
        {"aspect": name, "name": name, "label": label, "sentiment": label, "score": reading.score}
        for name in reading.aspects
    ]


def _keywords(reading: CueReading) -> list[dict[str, Any]]:
    return [
        {"text": word, "keyword": word, "word": word, "weight": round(1 / place, 2)}
        for place, word in enumerate(reading.keywords, start=1)
    ]


def _entities(reading: CueReading) -> list[dict[str, Any]]:
    return [
        {"type": "order", "text": number, "value": number, "name": number}
        for number in reading.order_numbers
    ]


def _strategy(reading: CueReading) -> str:
    return {"complaint": "apologise", "praise": "thank", "question": "answer"}.get(
        reading.category, "pass_on"
    )


_KNOWN: Mapping[str, Callable[[CueReading], Any]] = {
    "category": lambda reading: reading.category,
    "label": lambda reading: reading.category,
    "language": lambda reading: reading.language,
    "sentiment": _sentiment,
    "sentiment_label": _sentiment_label,
    "sentiment_score": lambda reading: reading.score,
    "score": lambda reading: reading.score,
    "aspects": _aspects,
    "keywords": _keywords,
    "intent": lambda reading: _INTENTS[reading.category],
    "faq": lambda _: None,
    "urgency": lambda reading: reading.urgency,
    "priority": lambda reading: reading.urgency,
    "entities": _entities,
    "summary": lambda reading: reading.summary,
    "strategy": _strategy,
    "suggested_strategy": _strategy,
    "draft": draft_reply,
    "reply": draft_reply,
    "response": draft_reply,
    "confidence": lambda reading: round(reading.certainty, 2),
}

NOTHING = object()
"""The name says nothing."""

DEFAULT_FIELDS = (
    "category",
    "language",
    "sentiment",
    "keywords",
    "intent",
    "urgency",
    "entities",
    "summary",
    "strategy",
    "draft",
)
"""What an answer in JSON has when neither a schema nor an example in the prompt says it."""


def known_value(name: str, reading: CueReading) -> Any:
    """What belongs in a property of that name, or NOTHING.

    A value may have more than a schema asks for: the schema's own names pick from it.
    """
    make = _KNOWN.get(name.lower())
    if make is not None:
        return make(reading)
    # category_confidence, confidence_language, …
    return round(reading.certainty, 2) if "confidence" in name.lower() else NOTHING
