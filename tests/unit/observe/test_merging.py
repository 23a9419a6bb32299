"""Several processes' samples as if they were one's."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import Metric
from prometheus_client.samples import Sample

from stream_service.observe.workers.merging import merged, only_growing
from stream_service.observe.workers.samples import dump, load


def _process(
    count: int, age_s: float, trace_id: str, observed_s: tuple[float, ...] = (0.3,)
) -> list[Metric]:
    registry = CollectorRegistry()
    Counter("events", "Events.", ["outcome"], registry=registry).labels("replied").inc(count)
    Gauge("inflight", "Now.", registry=registry).set(count)
    Gauge("feedback_inflight_oldest_age_seconds", "Age.", registry=registry).set(age_s)
    latency = Histogram("latency", "Latency.", buckets=(0.5, 1), registry=registry)
    for seconds in observed_s:
        latency.observe(seconds, {"trace_id": trace_id})
    return list(load(dump(registry)) or ())


def _by_name(families: list[Metric]) -> dict[tuple[str, str], Sample]:
    return {
        (sample.name, sample.labels.get("le", "")): sample
        for family in families
        for sample in family.samples
    }


def test_counters_and_buckets_are_added_and_the_worst_age_counts() -> None:
    both = _by_name(merged([_process(3, 7.0, "a" * 32), _process(4, 5.0, "b" * 32, (0.3, 2.0))]))
    assert both["events_total", ""].value == 7
    assert both["events_total", ""].labels == {"outcome": "replied"}
    assert both["inflight", ""].value == 7
    assert both["feedback_inflight_oldest_age_seconds", ""].value == 7
    assert [both["latency_bucket", le].value for le in ("0.5", "1.0", "+Inf")] == [2, 2, 3]
    assert both["latency_count", ""].value == 3
    assert both["latency_sum", ""].value == pytest.approx(2.6)


def test_the_latest_exemplar_is_kept() -> None:
    both = _by_name(merged([_process(1, 0, "a" * 32), _process(1, 0, "b" * 32)]))
    exemplar = both["latency_bucket", "0.5"].exemplar
    assert exemplar is not None
    assert exemplar.labels == {"trace_id": "b" * 32}


def test_of_a_dead_process_counters_stay_and_gauges_go() -> None:
    alive, dead = _process(3, 1.0, "a" * 32), _process(4, 9.0, "b" * 32)
    left = _by_name(merged([alive, only_growing(dead)]))
    assert left["events_total", ""].value == 7
    assert left["latency_count", ""].value == 2
    assert left["inflight", ""].value == 3
    assert left["feedback_inflight_oldest_age_seconds", ""].value == 1
