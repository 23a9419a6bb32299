"""A worker's observation inside the test's own process."""

from stream_service.observe.tracing.options import TracingOptions
from stream_service.observe.worker_observation import ObservationOptions, Serving
from tests.support.cluster import Cluster
from tests.support.engine import group_of


def options(cluster: Cluster, tracing: TracingOptions | None = None) -> ObservationOptions:
    return ObservationOptions(
        connection=cluster.connection,
        group=group_of(cluster),
        serving=Serving(host="127.0.0.1", port=0, live_within_s=60),
        tracing=tracing,
    )
