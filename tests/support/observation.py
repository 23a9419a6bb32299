"""A worker's observation inside the test's own process."""

from stream_service.observe.worker_observation import ObservationOptions
from tests.support.cluster import Cluster
from tests.support.engine import group_of


def options(cluster: Cluster) -> ObservationOptions:
    return ObservationOptions(
        connection=cluster.connection,
        group=group_of(cluster),
        host="127.0.0.1",
        port=0,
        live_within_s=60,
        analyst="local",
    )
