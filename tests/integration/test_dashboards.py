"""Dashboards and rules on a real Prometheus, which scrapes a worker under load and the exporter."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka import EmbeddedKafka
from tests.support import monitoring
from tests.support.cluster import Cluster
from tests.support.observed_deployment import observed_deployment
from tests.support.prometheus import Prometheus, binary
from tests.support.promql import selectors
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)

_WITHIN_S = 60.0
"""For the first figures: a worker starts, and a rate needs two scrapes of what has happened."""

_GRAFANAS_OWN = {"$__rate_interval": "1m"}

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prometheus(
    kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Prometheus]:
    binary("prometheus")
    cluster = Cluster(kafka.bootstrap_servers, Topics(f"t{uuid4().hex[:12]}."))
    async with observed_deployment(cluster, tmp_path_factory.mktemp("prometheus")) as running:
        yield running


async def _has_data(prometheus: Prometheus, expression: str) -> bool:
    return bool(await prometheus.values(expression))


async def _all_have_data(prometheus: Prometheus, wanted: Mapping[str, str]) -> None:
    """Wait until every expression returns data; those that do not are named."""
    missing = dict(wanted)

    async def none_is_missing() -> bool:
        for name, expression in list(missing.items()):
            if await _has_data(prometheus, expression):
                del missing[name]
        return not missing

    try:
        await until(none_is_missing, "data", timeout_s=_WITHIN_S)
    except AssertionError:
        listed = "\n".join(f"  {name}: {expression}" for name, expression in missing.items())
        raise AssertionError(f"no data within {_WITHIN_S:g} s:\n{listed}") from None


async def _chosen(prometheus: Prometheus, path: Path) -> dict[str, str]:
    """All that can be chosen on a page, as Grafana puts it into the expressions."""
    values = dict(_GRAFANAS_OWN)
    for variable in monitoring.variables(path):
        if variable["type"] == "datasource":
            continue
        match = _LABEL_VALUES.fullmatch(variable["query"])
        assert match is not None, variable["query"]
        selector, label = _filled(match["selector"], values), match["label"]
        await _all_have_data(prometheus, {f"variable {variable['name']}": selector})
        found = {labels[label] for labels, _ in await prometheus.values(selector)}
        values["$" + variable["name"]] = "|".join(map(re.escape, sorted(found)))
    return values


def _filled(expression: str, values: Mapping[str, str]) -> str:
    # The longest name first, as no name may be taken for the beginning of another.
    for name in sorted(values, key=len, reverse=True):
        value = values[name] if name.startswith("$__") else values[name].replace("\\", "\\\\")
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


@pytest.mark.parametrize("path", monitoring.DASHBOARDS, ids=lambda path: path.stem)
async def test_every_expression_of_a_dashboard_returns_data(
    prometheus: Prometheus, path: Path
) -> None:
    values = await _chosen(prometheus, path)
    asked = {
        f"{one.panel} [{number}]": _filled(one.expression, values)
        for number, one in enumerate(monitoring.expressions(path))
    }
    # A fall-back of 0 in an expression must not hide that a series is not there at all.
    read = {
        f"{name} reads {selector}": selector
        for name, expression in asked.items()
        for selector in selectors(expression)
    }
    assert asked or path.stem == "stream-service-runbook"
    await _all_have_data(prometheus, asked | read)


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
    }
    recorded = {f"recorded {name}": name for name in monitoring.recorded()}
    await _all_have_data(prometheus, inputs | recorded)

    async def all_are_well() -> bool:
        return {rule["health"] for rule in await prometheus.rules()} == {"ok"}

    await until(all_are_well, "an evaluation of every rule")


async def test_a_healthy_deployment_raises_no_alarm_but_that_of_its_dead_letters(
    prometheus: Prometheus,
) -> None:
    async def states() -> Mapping[str, str]:
        rules = await prometheus.rules()
        return {rule["name"]: rule["state"] for rule in rules if rule["type"] == "alerting"}

    async def dead_letters_are_told() -> bool:
        return (await states())["FeedbackDeadLetters"] == "firing"

    await until(dead_letters_are_told, "the alert on dead letters", timeout_s=_WITHIN_S)
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
        "FeedbackLagExporterSilent",
        "FeedbackLagCritical",
        "FeedbackEventStuck",
        "FeedbackRebalancesOften",
        "FeedbackReviewBacklogGrows",
        "FeedbackModelUnavailable",
        "FeedbackModelBudgetSpent",
    }
    found = await states()
    assert {name: found[name] for name in calm} == dict.fromkeys(calm, "inactive")


async def test_every_query_of_the_runbook_can_be_asked(prometheus: Prometheus) -> None:
    queries = list(monitoring.runbook_queries())
    assert queries
    for query in queries:
        await prometheus.values(query)
    read = {f"{query} [{one}]": one for query in queries for one in selectors(query)}
    await _all_have_data(prometheus, read)
