"""The runbook: an entry for each alert, each whole, and nothing in it that there is not."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
import yaml

from stream_service.cli import app
from stream_service.settings import Settings, names
from tests.support import monitoring
from tests.support.exported_metrics import exported_metrics
from tests.support.promql import metric_names

_PARTS = ("**Customers notice:**", "**Look first", "**Do", "**Escalate:**")

TEXT = monitoring.RUNBOOK.read_text()
ENTRIES = {
    entry.partition("\n")[0]: entry.partition("\n")[2]
    for entry in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
}
SOURCE = "".join(
    path.read_text() for path in sorted((monitoring.ROOT / "stream_service").rglob("*.py"))
)
_SPAN = re.compile(r"`([^`\n]+)`")


def test_every_alert_has_an_entry_and_every_entry_an_alert() -> None:
    assert list(ENTRIES) == [alert["alert"] for alert in _in_order()]


def _in_order() -> list[Any]:
    # The files' order in the runbook is that of urgency, not the alphabet's.
    order = ("objective", "lag", "workers", "outcomes", "console", "language-model", "errors")
    assert {path.stem for path in monitoring.RULES} == set(order)
    return [
        rule
        for name in order
        for group in monitoring.read_yaml(monitoring.PROMETHEUS / "rules" / f"{name}.yml")["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


@pytest.mark.parametrize("alert", monitoring.alerts(), ids=lambda alert: alert["alert"])
def test_an_entry_is_whole_and_as_urgent_as_its_alert(alert: Any) -> None:
    entry = ENTRIES[alert["alert"]]
    assert entry.strip().startswith(f"{alert['labels']['severity']}. ")
    places = [entry.find(part) for part in _PARTS]
    if "**Look first and do:**" in entry:
        del places[2]
    assert -1 not in places
    assert places == sorted(places)


def test_links_lead_to_entries() -> None:
    for target in re.findall(r"\]\(#([^)]*)\)", TEXT):
        assert target in {name.lower() for name in ENTRIES}, target


def _commands() -> Iterator[str]:
    for span in [*_SPAN.findall(TEXT), *(line.strip() for line in TEXT.splitlines())]:
        # Behind a container's name it is the same command.
        found = re.match(r"(?:(?:docker|kubectl) .*? )?(stream-service .*)", span)
        if found is not None and "…" not in span:
            yield found[1].partition("#")[0].strip()


@pytest.mark.parametrize("words", sorted(set(_commands())))
def test_every_command_and_flag_exists(words: str) -> None:
    command: Any = typer.main.get_command(app)
    for word in shlex.split(words)[1:]:
        if word.startswith("-"):
            assert word in _flags(command), words
        elif hasattr(command, "commands"):
            assert word in command.commands, words
            command = command.commands[word]
    is_group = hasattr(command, "commands") and not command.invoke_without_command
    assert not is_group, f"{words}: no command"


def test_a_command_of_the_first_page_is_told_for_both_deployments_where_there_is_one() -> None:
    compose = monitoring.read_yaml(monitoring.ROOT / "docker-compose.yml")["services"]
    base = [
        document
        for path in (monitoring.ROOT / "deploy" / "kubernetes" / "base").glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
        if "metadata" in document
    ]
    there = {(one["kind"], one["metadata"]["name"]) for one in base}
    head = TEXT.partition("\n## ")[0]
    services = re.findall(r"docker compose (?:exec|run --rm|ps|logs|restart) ([a-z-]+)", head)
    assert set(services) == {"worker", "lag-exporter", "console", "topics", "kafka"}
    assert set(services) <= compose.keys()
    kinds = {"deploy": "Deployment", "cronjob": "CronJob", "service": "Service"}
    named = re.findall(r"\b(deploy|cronjob|service)/(stream-service-[a-z-]+)", head)
    assert {kind for kind, _ in named} == kinds.keys()
    assert {(kinds[kind], name) for kind, name in named} <= there
    # What is asked of a host needs a port that is published, and a client that is in the image.
    rest = TEXT.removeprefix(head)
    assert "curl" not in rest
    assert "HOST" not in rest


def _flags(command: Any) -> set[str]:
    return {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def test_every_setting_exists() -> None:
    groups = "|".join(Settings.model_fields)
    known = {*names(), *(name.rpartition(".")[2] for name in names())}
    told = {span for span in _SPAN.findall(TEXT) if re.match(rf"({groups})\.[a-z]", span)}
    assert told
    assert {span.partition("=")[0] for span in told} <= known


def test_every_event_reason_and_figure_that_is_named_stands_in_the_code() -> None:
    told = {span for span in _SPAN.findall(TEXT) if re.fullmatch(r"[a-z]+(_[a-z]+)+", span)}
    assert len(told) > 20
    in_code = {literal or field for literal, field in re.findall(r'"(\w+)"|\b(\w+)=', SOURCE)}
    known = exported_metrics() | in_code
    assert told - known == set()


def test_every_metric_that_is_asked_for_is_exported() -> None:
    queries = list(monitoring.runbook_queries())
    assert queries
    known = exported_metrics()
    for query in queries:
        assert metric_names(query) <= known, query
