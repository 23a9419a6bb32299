"""How long a drain may take, everywhere where that is reckoned with."""

import pytest

from stream_service.assembly import limits_of
from stream_service.commands.supervise import stopping_within_s
from stream_service.settings.loading import load_settings


@pytest.mark.parametrize(
    ("drain_s", "session_s", "counted_s"), [(5, 15, 5), (20, 15, 5), (20, 60, 20), (30, 60, 20)]
)
def test_of_a_drain_a_third_of_the_session_counts(
    drain_s: float, session_s: float, counted_s: float
) -> None:
    settings = load_settings(
        (f"consumer.drain_timeout_s={drain_s:g}", f"consumer.session_timeout_s={session_s:g}")
    )
    assert limits_of(settings).drain_timeout_s == counted_s
    assert stopping_within_s(settings) == 2 * counted_s + 40
