"""What may be said of the collector."""

import pytest

from stream_service.settings import SettingsError, load_settings
from stream_service.transport_settings import tracing_of


def test_tracing_is_off_unless_it_is_asked_for() -> None:
    assert tracing_of(load_settings()) is None


@pytest.mark.parametrize(
    "endpoint",
    ["http://collector:4318", "http://collector:4318/", "http://collector:4318/v1/traces"],
)
def test_the_endpoint_may_be_given_with_its_path(endpoint: str) -> None:
    options = tracing_of(load_settings(["tracing.enabled=true", f"tracing.endpoint={endpoint}"]))
    assert options is not None
    assert options.endpoint == "http://collector:4318"
    assert options.sampling_ratio == 0.1


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("tracing.endpoint=collector:4318", "write it as http://host:4318"),
        ("tracing.sampling_ratio=10", "less than or equal to 1"),
        ("metrics.port=65536", "less than or equal to 65535"),
        ("metrics.live_within_s=0", "greater than 0"),
    ],
)
def test_a_wrong_one_is_refused_by_name(setting: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings([setting])
    assert str(refused.value).startswith(setting.partition("=")[0])
    assert problem in str(refused.value)
