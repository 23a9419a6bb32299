"""Calibrates the likeness of questions on pairs of our own."""

import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from stream_service.analysis.local.classifying.similarity import is_chinese
from stream_service.analysis.local.encoding.encoders import LOADERS, EncoderName
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.resources import PACKAGE
from stream_service.analysis.local.training.common import regression

FREEDOM = 1e4
"""One number is fitted to over a hundred: there is nothing to hold back."""

UNCOVERED_WEIGHT = 3.0
"""A wrong answer harms more than a question asked back."""


def train_similarity(encoder: EncoderName, folder: Path) -> str:
    """Fit and write the calibration; return a line that says how it does by language."""
    content = tomllib.loads(
        files(PACKAGE).joinpath("examples", "faq_pairs.toml").read_text("utf-8")
    )
    engine = LOADERS[encoder]()

    def encoded(texts: list[str]) -> Any:
        return np.stack([engine.encode(prepare(text)) for text in texts])

    entries: list[dict[str, list[str]]] = content["entry"]
    stored = [(number, text) for number, entry in enumerate(entries) for text in entry["stored"]]
    asked = [(number, text) for number, entry in enumerate(entries) for text in entry["covered"]]
    asked += [(-1, text) for text in content["uncovered"]["questions"]]
    vectors = encoded([text for _, text in stored])
    owners = np.array([number for number, _ in stored])
    cosines = encoded([text for _, text in asked]) @ vectors.T
    truth = np.array([number for number, _ in asked])
    likeness, right = cosines.max(1), owners[cosines.argmax(1)] == truth
    is_zh = np.array([is_chinese(text) for _, text in asked])
    calibrations: dict[str, tuple[float, float]] = {}
    told = [f"similarity {encoder}"]
    for name, rows in (("others", ~is_zh), ("chinese", is_zh)):
        model = regression(FREEDOM)
        given = np.where(truth < 0, UNCOVERED_WEIGHT, 1.0)[rows]
        model.fit(likeness[rows, None], right[rows], given)
        slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
        calibrations[name] = slope, -intercept / slope
        for sureness in (0.5, 0.7):
            least = (math.log(sureness / (1 - sureness)) - intercept) / slope
            answered = likeness >= least
            told.append(
                f"{name} from {sureness} on (cosine {least:.3f}): answered rightly "
                f"{float((answered & right)[rows & (truth >= 0)].mean()):.2f} of the covered, "
                f"wrongly {float(answered[rows & (truth < 0)].mean()):.2f} of the uncovered"
            )
    np.savez(
        folder / f"similarity_{encoder}.npz",
        chinese=calibrations["chinese"],
        others=calibrations["others"],
    )
    return "; ".join(told)
