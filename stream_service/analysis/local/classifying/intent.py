"""What a question is about."""

import numpy as np

from stream_service.analysis.analyst import Judged
from stream_service.analysis.local.classifying.classifier import (
    Weights,
    load_weights,
    probabilities,
)
from stream_service.analysis.local.classifying.cues import CueReader
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.feeling.polarity import Polarity


class IntentReader:
    """Tells intents. Thread-safe: it is only read."""

    def __init__(self, encoder_name: str, polarity: Polarity) -> None:
        """Read the weights for the encoder; raises as ``load_weights`` does."""
        self._weights: Weights = load_weights("intent", encoder_name)
        self._cues = CueReader(polarity)

    @property
    def intents(self) -> tuple[str, ...]:
        """Every intent that can be named."""
        return self._weights.labels

    def read(self, prepared: str, vector: Vector) -> Judged[str]:
        """Return the likeliest intent with its probability."""
        scores = self._weights.scores(vector, self._cues.read(prepared))
        shares = probabilities(scores)
        index = int(np.argmax(shares))
        return Judged(value=self._weights.labels[index], confidence=min(1.0, float(shares[index])))
