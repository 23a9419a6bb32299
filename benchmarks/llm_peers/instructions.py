"""The instructions that a peer gives the model, and the forms of its answers."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

Category = Literal["complaint", "praise", "question", "other"]


class Classification(BaseModel):
    category: Category
    language: str


class Sentiment(BaseModel):
    label: Literal["very_negative", "negative", "neutral", "positive", "very_positive"]
    score: float
    urgency: Literal["low", "normal", "high", "critical"]


class Keywords(BaseModel):
    keywords: list[str]
    summary: str


class Intent(BaseModel):
    intent: str
    summary: str


class Draft(BaseModel):
    strategy: str
    draft: str


@dataclass(frozen=True, kw_only=True)
class Instructions:
    """The system prompt of each call."""

    classify: str
    branch: str
    draft: str

    @classmethod
    def same(cls, text: str) -> "Instructions":
        """The same instructions in every call, as where one prompt describes the whole task."""
        return cls(classify=text, branch=text, draft=text)


SHORT = Instructions(
    classify=(
        "You judge customer feedback in English and Chinese. Say whether it is a complaint, "
        "praise, a question or other, and its language as an ISO 639-1 code."
    ),
    branch=(
        "You analyse customer feedback in English and Chinese. Say what is asked for: sentiment "
        "with a score from -1 to 1 and urgency, or keywords and a summary, or the intent."
    ),
    draft=(
        "You write a short and polite reply to customer feedback in the customer's language. "
        "Promise no money, give no links, and name the strategy that you followed."
    ),
)
"""The least that works; ours must be compared with its own instructions in their place."""
