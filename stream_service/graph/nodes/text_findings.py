"""What the words of a text tell that no analyst was asked for."""

import re
from collections.abc import Iterator

from stream_service.analysis.personal_data import personal_data
from stream_service.contracts.analysis import Entity, PersonalDetail
from stream_service.graph.context import Context

SUMMARY_CHARACTERS = 160
"""A line of a review queue."""

MOST_ENTITIES = 20

READ_CHARACTERS = 8_000
"""Of a longer text; what matters is named early."""

_SENTENCE = re.compile(r"[^。！？!?\n]*?(?:[。！？!?\n]|\.(?=\s|$)|$)")
_ORDER = re.compile(
    r"(?:\b(?:order|booking|ticket|case|reference|ref)\b(?:\s+(?:number|no|id))?|订单号?|单号|工单号?)"
    r"\.?\s{0,2}(?:is|[:：#是为])?\s{0,2}#?\s{0,2}([A-Z]{0,4}-?\d[\dA-Z-]{3,20})",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"(?:us\$|[$€£¥￥])\s?\d[\d,]{0,14}(?:\.\d{1,4})?"
    r"|(?<![\d,.])\d[\d,]{0,14}(?:\.\d{1,4})?\s?(?:usd|eur|gbp|cny|rmb|dollars?|euros?|pounds?|yuan|元|块钱)",
    re.IGNORECASE,
)


async def text_findings(
    text: str, language: str, context: Context
) -> tuple[tuple[PersonalDetail, ...], tuple[Entity, ...]]:
    """The kinds of personal details in ``text``, and the things that it names."""
    text = text[:READ_CHARACTERS]
    return await context.pool.run(
        len(text), lambda: (personal_data(text, language), entities(text))
    )


def summary_of(text: str) -> str:
    """The first sentence, shortened: what a reader would see first."""
    for match in _SENTENCE.finditer(text):
        sentence = " ".join(match[0].split())
        if sentence:
            if len(sentence) <= SUMMARY_CHARACTERS:
                return sentence
            return sentence[: SUMMARY_CHARACTERS - 1].rstrip() + "…"
    return ""


def entities(text: str) -> tuple[Entity, ...]:
    """Orders and sums of money that ``text`` names, each once."""
    return tuple(dict.fromkeys(_entities(text)))[:MOST_ENTITIES]


def _entities(text: str) -> Iterator[Entity]:
    for match in _ORDER.finditer(text):
        yield Entity(type="order", text=match[1])
    for match in _MONEY.finditer(text):
        yield Entity(type="money", text=match[0])
