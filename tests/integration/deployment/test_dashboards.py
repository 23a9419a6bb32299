"""Dashboards and rules on a real Prometheus, which scrapes worker, lag exporter and console."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support import monitoring
from tests.support.asked_of_prometheus import WITHIN_S, all_have_data, chosen, filled
from tests.support.cluster import Cluster
from tests.support.observed_deployment import observed_deployment
from tests.support.prometheus import Prometheus, binary
from tests.support.promql import selectors
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


OF_SEVERAL_WORKERS = "feedback_worker_process_deaths_total"
"""Told by the command that runs them, of which there is one worker here: test_workers_metrics.py
sees it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prometheus(
    kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Prometheus]:
    binary("prometheus")
    cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
    async with observed_deployment(cluster, tmp_path_factory.mktemp("prometheus")) as running:
        yield running.prometheus


@pytest.mark.parametrize("path", monitoring.DASHBOARDS, ids=lambda path: path.stem)
async def test_every_expression_of_a_dashboard_returns_data(
    prometheus: Prometheus, path: Path
) -> None:
    values = await chosen(prometheus, path)
    asked = {
        f"{one.panel} [{number}]": filled(one.expression, values)
        for number, one in enumerate(monitoring.expressions(path))
    }
    # A fall-back of 0 in an expression must not hide that a series is not there at all.
    read = {
        f"{name} reads {selector}": selector
        for name, expression in asked.items()
        for selector in selectors(expression)
    }
    assert asked or path.stem == "stream-service-runbook"
    await all_have_data(prometheus, asked | read)


async def test_every_rule_is_evaluated_and_every_series_that_it_reads_is_there(
    prometheus: Prometheus,
) -> None:
    loaded = await prometheus.rules()
    assert {rule["name"] for rule in loaded} == {
        rule.get("alert") or rule["record"] for rule in monitoring.rules()
    }
    inputs = {
        f"{rule.get('alert') or rule['record']} [{number}]": selector
        for rule in monitoring.rules()
        for number, selector in enumerate(selectors(rule["expr"]))
        if not selector.startswith(OF_SEVERAL_WORKERS)
    }
    recorded = {f"recorded {name}": name for name in monitoring.recorded()}
    await all_have_data(prometheus, inputs | recorded)

    async def all_are_well() -> bool:
        return {rule["health"] for rule in await prometheus.rules()} == {"ok"}

    await until(all_are_well, "an evaluation of every rule")


async def test_a_healthy_deployment_raises_no_alarm_but_that_of_its_dead_letters(
    prometheus: Prometheus,
) -> None:
    async def dead_letters_are_told() -> bool:
        return (await prometheus.states())["FeedbackDeadLetters"] == "firing"

    await until(dead_letters_are_told, "the alert on dead letters", timeout_s=WITHIN_S)
    # Those that a busy machine or the load's own faults may raise are left out.
    calm = {
        "FeedbackNoWorker",
        "FeedbackWorkerDown",
        "FeedbackWorkerRestarts",
        "FeedbackCommitsFail",
        "FeedbackPartitionUnowned",
        "FeedbackNoCommit",
        "FeedbackOffsetsRewound",
        "FeedbackRecordsLost",
        "FeedbackLagUnreadable",
        "FeedbackLagExporterSilent",
        "FeedbackLagCritical",
        "FeedbackEventStuck",
        "FeedbackRebalancesOften",
        "FeedbackModelUnavailable",
        "FeedbackModelBudgetSpent",
        "FeedbackUrgentReviewOverdue",
        "FeedbackReviewOverdue",
        "FeedbackDeadLettersWait",
        "FeedbackConsoleSilent",
    }
    found = await prometheus.states()
    assert {name: found[name] for name in calm} == dict.fromkeys(calm, "inactive")


async def test_every_query_of_the_runbook_can_be_asked(prometheus: Prometheus) -> None:
    queries = list(monitoring.runbook_queries())
    assert queries
    for query in queries:
        await prometheus.values(query)
    read = {f"{query} [{one}]": one for query in queries for one in selectors(query)}
    await all_have_data(prometheus, read)
