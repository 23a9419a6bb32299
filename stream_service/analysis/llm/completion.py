"""What came back from one call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of one call as the endpoint counted them; None where it did not say."""

    input: int | None = None
    output: int | None = None
    cached_input: int = 0
    """Of the input, those that the endpoint had in its own prompt cache."""


FINISH_REASONS = frozenset(
    {"stop", "length", "content_filter", "tool_calls", "function_call", "eos", "end_turn", "other"}
)
"""Why a model stopped, as OpenAI's endpoint and others name it; ``other`` stands for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChoice:
    """One token of an answer, with the likeliest ones at its place."""

    token: str
    alternatives: tuple[tuple[str, float], ...]
    """Token and natural log-probability, the chosen one among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """An answer whose ``finish_reason`` says that it is whole."""

    text: str
    model: str
    """The model's name as the endpoint tells it."""
    tokens: Tokens = Tokens()
    finish_reason: str | None = None
    """One of FINISH_REASONS; None where the endpoint did not say."""
    choices: tuple[TokenChoice, ...] = ()
    """Those up to the category's; empty where the endpoint gives no log-probabilities."""
    intent_confidence: float | None = None
    """How probable the intent of a question is, where the endpoint tells."""
    is_cached: bool = False
    """Whether it was paid for by an earlier event, or by a twin at the same time."""
