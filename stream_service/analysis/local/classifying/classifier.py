"""A softmax classifier over sentence vectors, with numbers from a file."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import numpy as np

from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.resources import PACKAGE


class WeightsMismatch(Exception):
    """A weights file is not of the encoder or the task that it is used for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What training found: two layers, the second one calibrated on sentences left out.

    The first layer maps a vector to a few numbers, one a label or one a contrast of labels; the
    second one maps these and what else was read of the text (cues, terms) to the final scores.
    """

    task: str
    encoder: str
    examples_hash: str
    labels: tuple[str, ...]
    vector_weights: Vector
    vector_bias: Vector
    score_weights: Vector
    score_bias: Vector

    def scores(self, vector: Vector, beside: Vector) -> Vector:
        """Return the final score of each label, before the softmax."""
        first = self.vector_weights @ vector + self.vector_bias
        return self.score_weights @ np.concatenate([first, beside]) + self.score_bias


def probabilities(scores: Vector) -> Vector:
    """Return the softmax of ``scores``."""
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def load_weights(task: str, encoder: str) -> Weights:
    """Read the weights of ``task`` for ``encoder`` from the package.

    Raises FileNotFoundError where there are none, WeightsMismatch where they are of another.
    """
    source = files(PACKAGE).joinpath("weights", f"{task}_{encoder}.npz")
    with as_file(source) as path, np.load(path, allow_pickle=False) as stored:
        content: dict[str, Any] = {name: stored[name] for name in stored.files}
    if str(content["task"]) != task or str(content["encoder"]) != encoder:
        raise WeightsMismatch(f"{path.name} is for {content['task']} by {content['encoder']}")
    return Weights(
        task=task,
        encoder=encoder,
        examples_hash=str(content["examples_hash"]),
        labels=tuple(str(label) for label in content["labels"]),
        vector_weights=content["vector_weights"],
        vector_bias=content["vector_bias"],
        score_weights=content["score_weights"],
        score_bias=content["score_bias"],
    )
