"""An encoder with all that was trained for it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream_service.analysis.analyst import KnownQuestion
from stream_service.analysis.local.classifying.category import CategoryReader
from stream_service.analysis.local.classifying.intent import IntentReader
from stream_service.analysis.local.classifying.similarity import KnownQuestions, load_calibrations
from stream_service.analysis.local.encoding.encoders import (
    Encoder,
    EncoderChoice,
    EncoderName,
    Loader,
    load_encoder,
)
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.feeling.polarity import Polarity

QUICK_IS_SURE = 0.8
"""Confidence from which the quick encoder's answer stands. Nearly four fifths of public feedback
are told so, at half a point less accuracy (benchmarks/judgement.py prints the curve)."""


class Stage:
    """Reads vectors of one encoder. Thread-safe but for ``learn``."""

    def __init__(self, encoder: Encoder, polarity: Polarity) -> None:
        """Read the weights. Raises FileNotFoundError or WeightsMismatch."""
        self.encoder = encoder
        self.category = CategoryReader(encoder.name, polarity)
        self.intent = IntentReader(encoder.name, polarity)
        self._calibrations = load_calibrations(encoder.name)
        self.known = KnownQuestions((), encoder, self._calibrations)

    def learn(self, questions: Sequence[KnownQuestion]) -> None:
        """Compare with ``questions`` from now on."""
        self.known = KnownQuestions(questions, self.encoder, self._calibrations)


@dataclass(frozen=True, slots=True)
class Seen:
    """A prepared text with its vector, and the stage that reads it."""

    prepared: str
    vector: Vector
    stage: Stage


class Stages:
    """One stage, or a quick one before a good one (``cascade``)."""

    def __init__(
        self,
        choice: EncoderChoice,
        loaders: Mapping[EncoderName, Loader],
        polarity: Polarity,
        *,
        sure: float = QUICK_IS_SURE,
    ) -> None:
        """Load the encoders; raises as ``load_encoder`` and ``Stage`` do."""
        self._sure = sure
        self.last = Stage(
            load_encoder("auto" if choice == "cascade" else choice, loaders), polarity
        )
        self._quick: Stage | None = None
        if choice == "cascade" and self.last.encoder.name != "universal":
            self._quick = Stage(load_encoder("universal", loaders), polarity)
        self._learning = threading.Lock()

    @property
    def model(self) -> str:
        """The names of the encoders' models, as readings carry them."""
        stages = [self._quick, self.last] if self._quick else [self.last]
        return " before ".join(stage.encoder.model for stage in stages)

    def see(self, prepared: str) -> Seen:
        """Encode a prepared text: quickly, and by the good encoder where that leaves doubt."""
        if self._quick is not None:
            vector = self._quick.encoder.encode(prepared)
            if max(self._quick.category.shares(prepared, vector).values()) >= self._sure:
                return Seen(prepared, vector, self._quick)
        return Seen(prepared, self.last.encoder.encode(prepared), self.last)

    def learn(self, questions: Sequence[KnownQuestion]) -> None:
        """Compare with ``questions`` from now on."""
        with self._learning:
            for stage in (self._quick, self.last):
                if stage is not None:
                    stage.learn(questions)
