"""What the trainings have in common."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from stream_service.analysis.local.classifying.cues import CueReader
from stream_service.analysis.local.encoding.encoders import LOADERS, EncoderName
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.feeling.polarity import Polarity

SEED = 20261125

THREADS = 2

TEMPERATURES = np.geomspace(0.1, 5.0, 80)
"""Divisors of the scores among which the best calibrated one is looked for."""


LIFTS = np.linspace(-0.5, 0.5, 101)
"""Log odds among which the one that balances two labels is looked for."""


def read_texts(encoder: EncoderName, texts: Sequence[str]) -> tuple[Any, Any]:
    """Return vectors and cues of ``texts``, a row each."""
    engine = LOADERS[encoder]()
    cues = CueReader(Polarity())
    prepared = [prepare(text) for text in texts]
    with ThreadPoolExecutor(THREADS) as pool:
        vectors = np.stack(list(pool.map(engine.encode, prepared)))
    return vectors, np.stack([cues.read(text) for text in prepared])


def regression(freedom: float) -> Any:
    """A logistic regression; ``freedom`` is the inverse strength of its regularisation."""
    from sklearn.linear_model import (  # pyright: ignore[reportMissingTypeStubs]
        LogisticRegression,
    )

    return LogisticRegression(C=freedom, max_iter=5000, random_state=SEED)


def left_out_scores(
    model: Any, inputs: Any, truth: Any, folds: Any, weights: Any | None = None
) -> Any:
    """Return each row's scores by a model that was trained without the row's fold."""
    scores: Any = None
    for fold in np.unique(folds):
        inside, outside = folds != fold, folds == fold
        given = None if weights is None else weights[inside]
        fitted = model.fit(inputs[inside], truth[inside], given)
        found = fitted.decision_function(inputs[outside])
        if scores is None:
            scores = np.zeros((len(truth), found.shape[1]))
        scores[outside] = found
    return scores


def best_temperature(scores: Any, truth: Any) -> tuple[float, float]:
    """Return the divisor under which the scores' log loss is least, and that loss."""
    losses = [_log_loss(scores / temperature, truth) for temperature in TEMPERATURES]
    best = int(np.argmin(losses))
    return float(TEMPERATURES[best]), losses[best]


def balancing_lift(scores: Any, truth: Any, label: int, other: int) -> float:
    """What the scores of ``label`` must be lifted by, that it is told as well as ``other`` is.

    Our sentences hold more of one than of the other, and what is left out shows it; which shares a
    user of the service has, nobody knows here.
    """

    def gap(lift: float) -> float:
        lifted = scores.copy()
        lifted[:, label] += lift
        right = lifted.argmax(1) == truth
        return abs(float(right[truth == label].mean() - right[truth == other].mean()))

    return float(min(LIFTS, key=gap))


def _log_loss(scores: Any, truth: Any) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    shares = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())
