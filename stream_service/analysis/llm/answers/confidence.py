"""How sure the model is of category and intent, from the probabilities of their tokens.

What a model states of its own certainty is worth little (AUROC 0.51 to 0.60 measured), the
probability of the category's token more (0.70 to 0.72).
"""

import math
import re
from collections.abc import Iterable, Sequence

from stream_service.analysis.llm.completion import TokenChoice
from stream_service.contracts.analysis import Category

_BEFORE_VALUE = re.compile(r'"category"\s*:\s*"$')
_VALUE_BEGINS = re.compile(r'"category"\s*:\s*"')


_ASKS = re.compile(r'"category"\s*:\s*"\s*q')
_INTENT_BEGINS = re.compile(r'"intent"\s*:\s*"')
_LONGEST_BEGINNING = 20
"""Characters of what stands before an intent's value, with white space in between."""


def is_decided(written: str) -> bool:
    """Whether the last token of an answer so far is the one that decides its category."""
    return _VALUE_BEGINS.search(written) is not None and _BEFORE_VALUE.search(written) is None


def asks(written: str) -> bool:
    """Whether an answer whose category is decided says that it is a question."""
    return _ASKS.search(written) is not None


def intent_confidence(written: str, following: Iterable[tuple[str, float]]) -> float | None:
    """How probable the intent is that an answer names behind ``written``; None where it names none.

    ``following`` are its tokens from there on, with their log-probabilities. All tokens of the
    value count together: several intents may begin alike.
    """
    total = 0.0
    begun: re.Match[str] | None = None
    for token, log_probability in following:
        before, written = written, written + token
        if begun is None:
            begun = _INTENT_BEGINS.search(written, max(0, len(before) - _LONGEST_BEGINNING))
        if begun is None or len(written) == begun.end():
            continue
        total += min(0.0, log_probability)
        if '"' in written[begun.end() :]:
            return math.exp(total)
    return None


def category_confidence(choices: Sequence[TokenChoice], category: Category) -> float | None:
    """The share of ``category`` among the four, at the token where they part; None if unknown.

    The categories' first letters differ, so the first token of the value decides, however a
    tokenizer cuts it.
    """
    written = ""
    for choice in choices:
        before, written = written, written + choice.token
        begun = _VALUE_BEGINS.search(written)
        if begun is None or not is_decided(written):
            continue
        # The token may hold marks before the value: its rivals at this place hold them too.
        marks = written[len(before) : begun.end()] if begun.end() > len(before) else ""
        return _share(choice, marks, category)
    return None


def _share(choice: TokenChoice, marks: str, category: Category) -> float | None:
    weights = dict.fromkeys(Category, 0.0)
    for token, log_probability in choice.alternatives:
        if not token.startswith(marks):
            continue
        value = token[len(marks) :].split('"')[0].strip()
        for candidate in Category:
            if value and (candidate.startswith(value) or value.startswith(candidate)):
                weights[candidate] += math.exp(min(0.0, log_probability))
    total = sum(weights.values())
    return weights[category] / total if total > 0 and weights[category] > 0 else None
