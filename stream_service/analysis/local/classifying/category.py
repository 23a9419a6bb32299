"""Which category a text is of."""

import numpy as np

from stream_service.analysis.analyst import Judged
from stream_service.analysis.local.classifying.classifier import (
    Weights,
    load_weights,
    probabilities,
)
from stream_service.analysis.local.classifying.cues import CueReader
from stream_service.analysis.local.classifying.terms import TermWeights, load_term_weights
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.feeling.polarity import Polarity
from stream_service.analysis.local.feeling.sarcasm import is_sarcastic
from stream_service.contracts.analysis import Category

RATING_WEIGHT = 0.75
"""What one star away from three adds to praise against complaint, in log odds: stars are the
customer's own verdict, and still a clear text outweighs them (people mix up 1 and 5)."""


SARCASM_WEIGHT = 4.0
"""What a turn of sarcasm adds to complaint, in log odds: it turns a confident praise round."""


class CategoryReader:
    """Tells categories. Thread-safe: it is only read."""

    def __init__(self, encoder_name: str, polarity: Polarity) -> None:
        """Read the weights for the encoder; raises as ``load_weights`` does."""
        self._weights: Weights = load_weights("category", encoder_name)
        self._terms: TermWeights = load_term_weights()
        self._cues = CueReader(polarity)

    def reports_trouble(self, prepared: str) -> bool:
        """Whether a word of trouble is in a prepared text; beside praise it hints at sarcasm."""
        return self._cues.reports_trouble(prepared)

    def shares(
        self, prepared: str, vector: Vector, rating: int | None = None
    ) -> dict[Category, float]:
        """Return the probability of each category; they add up to 1."""
        beside = np.concatenate([self._terms.scores(prepared), self._cues.read(prepared)])
        scores = self._weights.scores(vector, beside)
        if rating is not None:
            scores = scores + np.array(
                [_rated(label, rating) for label in self._weights.labels], dtype=np.float32
            )
        if is_sarcastic(prepared, self.reports_trouble):
            scores = scores + np.array(
                [SARCASM_WEIGHT * (label == Category.COMPLAINT) for label in self._weights.labels],
                dtype=np.float32,
            )
        return {
            Category(label): float(share)
            for label, share in zip(self._weights.labels, probabilities(scores), strict=True)
        }


def best(shares: dict[Category, float]) -> Judged[Category]:
    """Return the likeliest category with its probability."""
    category = max(shares, key=shares.__getitem__)
    return Judged(value=category, confidence=min(1.0, shares[category]))


def _rated(label: str, rating: int) -> float:
    if label == Category.PRAISE:
        return RATING_WEIGHT * (rating - 3) / 2
    if label == Category.COMPLAINT:
        return RATING_WEIGHT * (3 - rating) / 2
    return 0.0
