"""The samples of several processes as if they were one."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client.core import Metric
from prometheus_client.samples import Sample

_ADDED = frozenset({"counter", "histogram", "summary"})
"""What only grows; it is kept when its process dies, since a sum that falls reads as a restart."""

_GAUGES: Mapping[str, Callable[[float, float], float]] = {
    # The worst of all processes, or the oldest; every other gauge is a sum.
    "feedback_inflight_oldest_age_seconds": max,
    "feedback_build_info": max,
    "feedback_llm_breaker_state": max,
    "process_start_time_seconds": min,
    "process_max_fds": min,
    "python_info": max,
}

_Key = tuple[str, tuple[tuple[str, str], ...]]


def merged(processes: Iterable[Sequence[Metric]]) -> list[Metric]:
    """Families with one series for each set of labels, whatever the number of processes."""
    families: dict[str, tuple[Metric, dict[_Key, Sample]]] = {}
    for process in processes:
        for family in process:
            if family.name not in families:
                families[family.name] = (
                    Metric(family.name, family.documentation, family.type),
                    {},
                )
            merge = _addition(family)
            samples = families[family.name][1]
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                known = samples.get(key)
                samples[key] = sample if known is None else _joined(known, sample, merge)
    for family, samples in families.values():
        family.samples = list(samples.values())
    return [family for family, _ in families.values()]


def only_growing(process: Sequence[Metric]) -> list[Metric]:
    """What of a dead process still counts."""
    return [family for family in process if family.type in _ADDED]


def _addition(family: Metric) -> Callable[[float, float], float]:
    if family.type in _ADDED:
        return _sum
    return _GAUGES.get(family.name, _sum)


def _sum(one: float, other: float) -> float:
    return one + other


def _joined(known: Sample, other: Sample, merge: Callable[[float, float], float]) -> Sample:
    exemplars = [one for one in (known.exemplar, other.exemplar) if one is not None]
    latest = max(exemplars, key=lambda one: one.timestamp or 0.0, default=None)
    return Sample(known.name, known.labels, merge(known.value, other.value), None, latest)
