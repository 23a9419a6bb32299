"""The samples of a registry as JSON, which the supervisor reads back quicker than the text format.

Per family: name, type, documentation, samples; per sample: name, labels, value, exemplar or null,
which is labels, value and its time in seconds since 1970.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.samples import Exemplar, Sample


def samples_app(registry: CollectorRegistry) -> WSGIApplication:
    """Serves what is in ``registry`` now."""

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = dump(registry)
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def dump(registry: CollectorRegistry) -> bytes:
    """All samples of ``registry``."""
    return orjson.dumps(
        [
            (
                family.name,
                family.type,
                family.documentation,
                [
                    (
                        sample.name,
                        sample.labels,
                        # JSON has no infinities and no NaN.
                        repr(float(sample.value)),
                        _exemplar(sample.exemplar),
                    )
                    for sample in family.samples
                ],
            )
            for family in registry.collect()
        ]
    )


def load(body: bytes) -> Sequence[Metric] | None:
    """The families of another process; None where it answers something else, an error for one."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    families: list[Metric] = []
    for name, kind, documentation, samples in told:
        family = Metric(name, documentation, kind)
        family.samples = [
            Sample(
                sample,
                labels,
                float(value),
                None,
                None if exemplar is None else Exemplar(*exemplar),
            )
            for sample, labels, value, exemplar in samples
        ]
        families.append(family)
    return families


def _exemplar(exemplar: Exemplar | None) -> tuple[Any, ...] | None:
    return None if exemplar is None else (exemplar.labels, exemplar.value, exemplar.timestamp)
