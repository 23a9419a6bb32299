"""What the simulated model makes of a text: plausible, by cue words, and always the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from stream_service.devkit.llm_simulator.cue_words import Cues, cues

CATEGORIES = ("complaint", "praise", "question", "other")

CHARACTERS_READ = 4_000
"""A model reads all; for cues the beginning is enough, and a long text must not cost more."""

READINGS_KEPT = 4_096
"""A text is asked about several times: in stages, and again after a fault."""

_WEIGHT = {"complaint": 2.0, "praise": 1.8, "question": 1.5}
"""A complaint often asks, and often praises something first."""
_QUESTION_MARK_WEIGHT = 2.0
_OTHER_WEIGHT = 0.6
"""What no cue speaks for; alone it makes a text other, beside one clear cue it does not."""

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_LINK = re.compile(r"https?://\S+")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
"""A model knows that "nooo" is "no"; a link's question mark asks nothing."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|(?<=[。！？])")
_ORDER_NUMBER = re.compile(r"\b[A-Z]{0,3}-?\d{5,20}\b")
_WORD = re.compile(r"[A-Za-z']{4,}|[\u3400-\u9fff]{2,4}")
MOST_KEYWORDS = 5
SUMMARY_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CueReading:
    """The simulated model's view of one text."""

    language: str
    """en, zh, ja or ko."""
    category: str
    probabilities: Mapping[str, float]
    """By category; 1 together."""
    score: float
    """Sentiment from -1 to 1."""
    aspects: tuple[str, ...]
    keywords: tuple[str, ...]
    urgency: str
    order_numbers: tuple[str, ...]
    summary: str

    @property
    def certainty(self) -> float:
        """The probability of the category."""
        return self.probabilities[self.category]


@lru_cache(maxsize=READINGS_KEPT)
def read_text(text: str, *, certainty: float | None = None) -> CueReading:
    """Judge a text; ``certainty`` is put in the place of what the cues say."""
    text = text[:CHARACTERS_READ]
    plain = _STRETCHED.sub(r"\1", _LINK.sub(" ", text))
    lower = plain.lower()
    groups = cues()
    found = {name: pattern.findall(lower) for name, pattern in groups["category"].items()}
    weights = {name: _WEIGHT[name] * len(hits) for name, hits in found.items()}
    if "?" in plain or "？" in plain:
        weights["question"] += _QUESTION_MARK_WEIGHT
    weights["other"] = _OTHER_WEIGHT
    probabilities = _shares(weights, certainty)
    category = max(CATEGORIES, key=lambda name: probabilities[name])
    aspects = _present(lower, groups["aspect"])
    return CueReading(
        language=_language(text),
        category=category,
        probabilities=probabilities,
        score=_score(len(found["complaint"]), len(found["praise"])),
        aspects=aspects,
        keywords=_keywords(text, [*found["complaint"], *found["praise"]]),
        urgency=next(iter(_present(lower, groups["urgency"])), _usual_urgency(category)),
        order_numbers=tuple(dict.fromkeys(_ORDER_NUMBER.findall(text)))[:3],
        summary=_summary(text),
    )


def _shares(weights: Mapping[str, float], certainty: float | None) -> dict[str, float]:
    total = sum(weights.values())
    shares = {name: weights[name] / total for name in CATEGORIES}
    if certainty is None:
        return shares
    best = max(CATEGORIES, key=lambda name: shares[name])
    rest = 1 - shares[best]
    # Where nothing speaks for the others they share what is left evenly.
    return {
        name: certainty
        if name == best
        else (1 - certainty) * (share / rest if rest else 1 / (len(CATEGORIES) - 1))
        for name, share in shares.items()
    }


def _present(text: str, patterns: Cues) -> tuple[str, ...]:
    return tuple(name for name, pattern in patterns.items() if pattern.search(text))


def _usual_urgency(category: str) -> str:
    return "normal" if category in {"complaint", "question"} else "low"


def _score(bad: int, good: int) -> float:
    return round(0.9 * (good - bad) / (good + bad + 0.5), 2)


def _language(text: str) -> str:
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    # A Chinese character says as much as a short word.
    return "zh" if 4 * len(_HAN.findall(text)) > len(text) else "en"


def _keywords(text: str, cue_hits: list[str]) -> tuple[str, ...]:
    words = [*cue_hits, *_WORD.findall(text)]
    return tuple(dict.fromkeys(word.lower() for word in words))[:MOST_KEYWORDS]


def _summary(text: str) -> str:
    first = _SENTENCE_END.split(text.strip(), maxsplit=1)[0]
    return " ".join(first.split())[:SUMMARY_CHARACTERS]
