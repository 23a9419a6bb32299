"""What is fitted beside the regressions."""

import numpy as np
import pytest

from stream_service.analysis.local.training import balancing_lift


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
