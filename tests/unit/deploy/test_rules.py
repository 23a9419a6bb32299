"""Alerts: complete, of metrics that there are, and each with cases that promtool runs."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from stream_service.contracts.review import Priority
from stream_service.playbook.load import load_playbook
from tests.support import monitoring
from tests.support.exported_metrics import exported_metrics
from tests.support.promql import metric_names

_OF_PROMETHEUS = frozenset({"up"})

ALERTS = monitoring.alerts()
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


@every_alert
def test_an_alert_says_how_urgent_it_is_and_what_it_means(alert: Mapping[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    annotations = alert["annotations"]
    assert annotations["summary"]
    assert annotations["description"]
    assert annotations["runbook_url"] == f"docs/runbook.md#{alert['alert'].lower()}"


def test_names_are_unique_and_ours() -> None:
    names = [alert["alert"] for alert in ALERTS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not name.startswith("Feedback")] == []


def test_every_metric_is_one_that_the_code_exports() -> None:
    known = exported_metrics() | monitoring.recorded() | _OF_PROMETHEUS
    for rule in monitoring.rules():
        assert metric_names(rule["expr"]) <= known, rule


@every_alert
def test_an_alert_has_a_case_that_fires_and_one_that_does_not(alert: Mapping[str, Any]) -> None:
    fires = {
        bool(case.get("exp_alerts"))
        for path in monitoring.RULE_TESTS.glob("*.yml")
        for test in monitoring.read_yaml(path)["tests"]
        for case in test.get("alert_rule_test", ())
        if case["alertname"] == alert["alert"]
    }
    assert fires == {True, False}


def test_jobs_of_rules_are_jobs_that_are_scraped() -> None:
    configuration = monitoring.read_yaml(monitoring.PROMETHEUS / "prometheus.yml")
    jobs = {job["job_name"] for job in configuration["scrape_configs"]}
    named = {
        expression.split('job="')[1].split('"')[0]
        for rule in monitoring.rules()
        if 'job="' in (expression := rule["expr"])
    }
    assert named
    assert named <= jobs


def test_what_is_scraped_is_what_docker_compose_runs() -> None:
    services = monitoring.read_yaml(monitoring.ROOT / "docker-compose.yml")["services"]
    configuration = monitoring.read_yaml(monitoring.PROMETHEUS / "prometheus.yml")
    for job in configuration["scrape_configs"]:
        for name, port in _targets(job):
            served = [*services[name].get("expose", ()), *services[name].get("ports", ())]
            assert port in {str(one).rpartition(":")[2] for one in served}, name


def _targets(job: Mapping[str, Any]) -> list[tuple[str, str]]:
    by_name = [
        (name, str(found["port"]))
        for found in job.get("dns_sd_configs", ())
        for name in found["names"]
    ]
    fixed = [
        (target.partition(":")[0], target.partition(":")[2])
        for found in job.get("static_configs", ())
        for target in found["targets"]
    ]
    assert by_name or fixed
    return by_name + fixed


def test_a_review_may_be_as_old_as_the_default_playbook_allows() -> None:
    found = {
        Priority(priority): float(hours)
        for alert in ALERTS
        for priority, hours in re.findall(
            r'feedback_review_oldest_age_seconds\{priority="(\w+)"\}\) > (\d+) \* 3600',
            alert["expr"],
        )
    }
    assert found == load_playbook().file.review.due_hours


def test_grafana_knows_how_often_is_scraped() -> None:
    sources = monitoring.GRAFANA / "provisioning" / "datasources" / "prometheus.yml"
    [source] = monitoring.read_yaml(sources)["datasources"]
    ours = monitoring.read_yaml(monitoring.PROMETHEUS / "prometheus.yml")["global"]
    assert source["jsonData"]["timeInterval"] == ours["scrape_interval"]
