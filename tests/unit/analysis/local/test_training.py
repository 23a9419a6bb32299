"""What is fitted beside the regressions."""

import numpy as np
import pytest

from stream_service.analysis.local.training.common import balancing_lift
from stream_service.analysis.local.training.train_category import (
    COMPLAINT,
    LABELS,
    PRAISE,
    VectorModel,
)


@pytest.mark.parametrize("bias", [-0.3, 0.0, 0.3])
def test_the_lift_undoes_a_bias_between_two_labels(bias: float) -> None:
    truth = np.arange(4_000) % 2
    noise = np.random.default_rng(1).normal(size=4_000)
    scores = np.stack([np.where(truth == 0, 1.0, 0.0) + noise, truth + bias], axis=1)

    lift = balancing_lift(scores, truth, 1, 0)

    scores[:, 1] += lift
    right = scores.argmax(1) == truth
    assert right[truth == 1].mean() == pytest.approx(right[truth == 0].mean(), abs=0.02)
    assert lift == pytest.approx(-bias, abs=0.1)


def test_praise_and_complaint_are_told_by_what_these_alone_show() -> None:
    draw = np.random.default_rng(2)
    truth = np.arange(400) % len(LABELS)
    vectors = draw.normal(size=(400, 6)) + np.eye(len(LABELS), 6)[truth]
    weights = np.ones(400)
    polar = (truth == COMPLAINT) | (truth == PRAISE)
    moved = np.where(polar[:, None], vectors, vectors + 3.0)

    model = VectorModel().fit(vectors, truth, weights)
    scores = model.decision_function(vectors)
    others_moved = VectorModel().fit(moved, truth, weights).decision_function(vectors)

    assert scores[:, -1] == pytest.approx(others_moved[:, -1])
    assert scores[truth == PRAISE, -1].mean() > scores[truth == COMPLAINT, -1].mean()
    # What tells kinds apart counts both as one: exchanged, they change nothing of it.
    exchanged = truth.copy()
    exchanged[truth == COMPLAINT], exchanged[truth == PRAISE] = PRAISE, COMPLAINT
    again = VectorModel().fit(vectors, exchanged, weights).decision_function(vectors)
    assert scores[:, :-1] == pytest.approx(again[:, :-1])
    assert scores[:, -1] == pytest.approx(-again[:, -1], abs=1e-3)
