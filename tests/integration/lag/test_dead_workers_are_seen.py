"""What Prometheus and the pages still tell when all workers are dead, then exporter and console."""

from pathlib import Path

import pytest

from tests.support import monitoring
from tests.support.asked_of_prometheus import WITHIN_S, all_have_data, chosen, filled
from tests.support.cluster import Cluster
from tests.support.observed_deployment import observed_deployment
from tests.support.prometheus import Prometheus, binary
from tests.support.waiting import until

_LAG = monitoring.GRAFANA / "json" / "stream-service-lag.json"


@pytest.mark.timeout(300)
async def test_lag_is_seen_and_alerted_on_with_every_worker_dead(
    cluster: Cluster, tmp_path: Path
) -> None:
    binary("prometheus")
    async with observed_deployment(cluster, tmp_path) as deployment:
        prometheus = deployment.prometheus
        healthy = {
            "outcomes": "sum(rate(feedback_events_total[1m])) > 0",
            "commits": "feedback_consumer_last_commit_timestamp_seconds",
        }
        await all_have_data(prometheus, healthy)
        deployment.worker.kill()
        # Pending: an alert's patience is longer than ours.
        await _are_told(prometheus, "FeedbackNoWorker", "FeedbackWorkerDown")
        await _are_told(prometheus, "FeedbackPartitionUnowned")
        values = await chosen(prometheus, _LAG)
        asked = {one.panel: filled(one.expression, values) for one in monitoring.expressions(_LAG)}
        await all_have_data(prometheus, asked)
        rises = "max(deriv(feedback_consumer_lag_seconds[5s])) > 0.5"
        await all_have_data(prometheus, {"a second a second": rises})
        assert (await prometheus.states())["FeedbackLagExporterSilent"] == "inactive"

        deployment.lag_exporter.kill()
        await _are_told(prometheus, "FeedbackLagExporterSilent")
        assert (await prometheus.states())["FeedbackConsoleSilent"] == "inactive"
        deployment.console.kill()
        await _are_told(prometheus, "FeedbackConsoleSilent")


async def _are_told(prometheus: Prometheus, *alerts: str) -> None:
    async def all_are() -> bool:
        states = await prometheus.states()
        return all(states[alert] in ("pending", "firing") for alert in alerts)

    await until(all_are, f"{' and '.join(alerts)} to be told", timeout_s=WITHIN_S)
