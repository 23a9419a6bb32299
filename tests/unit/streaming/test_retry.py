"""Pauses between attempts."""

import pytest

from stream_service.analysis.llm.chain.retry import CallRetryPolicy
from stream_service.streaming.judging.retry import RetryPolicy


@pytest.mark.parametrize(("failures", "most_s"), [(1, 0.5), (2, 1.0), (5, 8.0), (6, 10.0)])
def test_pauses_double_to_their_bound(failures: int, most_s: float) -> None:
    policy = RetryPolicy(attempts=10, first_delay_s=0.5, max_delay_s=10.0)
    assert most_s / 2 <= policy.delay_s(failures) <= most_s


@pytest.mark.parametrize("failures", [1_024, 1_025, 100_000])
def test_however_often_it_failed_there_is_a_pause(failures: int) -> None:
    """2**1024 is no float: the session ended by it, and the event's attempts began anew."""
    policy = RetryPolicy(attempts=1_000_000, first_delay_s=0.001, max_delay_s=0.001)
    assert 0.0005 <= policy.delay_s(failures) <= 0.001


def test_however_often_a_call_failed_there_is_a_pause() -> None:
    policy = CallRetryPolicy(attempts=5_000, first_delay_s=0.5, max_delay_s=8.0)
    assert 2.0 <= policy.delay_s(4_000) <= 8.0
