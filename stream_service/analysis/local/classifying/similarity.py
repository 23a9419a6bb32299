"""How sure it is that two questions ask the same, by the likeness of their vectors."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np

from stream_service.analysis.analyst import Judged, KnownQuestion, Similar
from stream_service.analysis.local.encoding.encoders import Encoder
from stream_service.analysis.local.encoding.preparation import is_wide, prepare
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.resources import PACKAGE


@dataclass(frozen=True, slots=True)
class Calibration:
    """Maps the cosine of two vectors to the probability that the questions ask the same."""

    slope: float
    middle: float
    """The cosine at which it is one half."""

    def probability(self, cosine: float) -> float:
        """Return the probability, 0 to 1."""
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, self.slope * (cosine - self.middle)))))


@dataclass(frozen=True, slots=True)
class Calibrations:
    """By language: the same likeness means less in one than in the other."""

    chinese: Calibration
    others: Calibration

    def of(self, prepared: str) -> Calibration:
        """Return what holds for a prepared text."""
        return self.chinese if is_chinese(prepared) else self.others


def is_chinese(prepared: str) -> bool:
    """Whether a text is mostly written in ideographs."""
    return 4 * sum(map(is_wide, prepared)) > len(prepared)


def load_calibrations(encoder: str) -> Calibrations:
    """Read the encoder's calibrations. Raises FileNotFoundError where there are none."""
    source = files(PACKAGE).joinpath("weights", f"similarity_{encoder}.npz")
    with as_file(source) as path, np.load(path, allow_pickle=False) as stored:
        chinese, others = (
            Calibration(float(slope), float(middle))
            for slope, middle in (stored["chinese"], stored["others"])
        )
    return Calibrations(chinese, others)


class KnownQuestions:
    """The questions of a playbook as vectors. Thread-safe: it is only read."""

    def __init__(
        self, questions: Iterable[KnownQuestion], encoder: Encoder, calibrations: Calibrations
    ) -> None:
        """Encode ``questions``: 10 to 50 ms each."""
        self._questions: Sequence[KnownQuestion] = tuple(questions)
        self._calibrations = calibrations
        self._vectors: Vector | None = (
            np.stack([encoder.encode(prepare(question.text)) for question in self._questions])
            if self._questions
            else None
        )

    def similar(self, prepared: str, vector: Vector) -> Similar:
        """Return the entry and the intent whose questions are most like a prepared text's."""
        calibration = self._calibrations.of(prepared)
        best: dict[str, Judged[str]] = {}
        if self._vectors is not None:
            cosines = self._vectors @ vector
            # From the least alike on, so that the most alike has the last word.
            for index in np.argsort(cosines):
                question = self._questions[int(index)]
                best[question.kind] = Judged(
                    value=question.name,
                    confidence=calibration.probability(float(cosines[index])),
                )
        return Similar(faq=best.get("faq"), intent=best.get("intent"))
