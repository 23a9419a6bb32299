"""What stands in deploy/: dashboards' queries, and rules."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
RUNBOOK = ROOT / "docs" / "runbook.md"
RULE_TESTS = ROOT / "tests" / "prometheus_rules"

DASHBOARDS = sorted((GRAFANA / "json").glob("*.json"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One expression of a panel."""

    panel: str
    expression: str


def read_yaml(path: Path) -> Any:
    """A file of one document."""
    return yaml.safe_load(path.read_text())


def dashboard(path: Path) -> Mapping[str, Any]:
    """A dashboard as Grafana reads it."""
    return cast(Mapping[str, Any], json.loads(path.read_text()))


def panels(path: Path) -> Iterator[Mapping[str, Any]]:
    """The panels of a dashboard without its rows' headings."""
    for panel in dashboard(path)["panels"]:
        if panel["type"] != "row":
            yield panel


def expressions(path: Path) -> Iterator[Asked]:
    """Of all panels of a dashboard."""
    for panel in panels(path):
        for target in panel.get("targets", ()):
            yield Asked(panel["title"], target["expr"])


def variables(path: Path) -> Iterator[Mapping[str, Any]]:
    """What can be chosen, in the order in which one follows from another."""
    yield from dashboard(path).get("templating", {}).get("list", ())


def rules() -> Iterator[Mapping[str, Any]]:
    """All rules of all files."""
    for path in RULES:
        for group in read_yaml(path)["groups"]:
            yield from group["rules"]


def alerts() -> list[Mapping[str, Any]]:
    """The rules that fire."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    """The series that rules make."""
    return {rule["record"] for rule in rules() if "record" in rule}


def runbook_queries() -> Iterator[str]:
    """The PromQL in the runbook, a line each."""
    for block in re.findall(r"```promql\n(.*?)```", RUNBOOK.read_text(), flags=re.DOTALL):
        yield from filter(None, map(str.strip, block.splitlines()))
