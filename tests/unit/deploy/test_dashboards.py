"""The dashboards' JSON: what the code makes, complete, and of metrics that there are."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.dashboards.__main__ import main
from deploy.grafana.dashboards.folder import FOLDER, documents, problems_of
from deploy.grafana.dashboards.limits import Limits
from tests.support import monitoring
from tests.support.exported_metrics import exported_metrics
from tests.support.promql import metric_names

_OF_PROMETHEUS = frozenset({"up", "ALERTS"})
"""What it says of targets and of its own alerts."""

_WIDTH = 24
"""Of Grafana's grid."""

every_page = pytest.mark.parametrize("path", monitoring.DASHBOARDS, ids=lambda path: path.stem)


def test_the_folder_is_what_the_code_makes() -> None:
    assert problems_of(FOLDER) == []


def test_the_five_pages_and_the_runbook_are_there() -> None:
    assert {path.stem for path in monitoring.DASHBOARDS} == {
        "stream-service-overview",
        "stream-service-lag",
        "stream-service-language-model",
        "stream-service-reviews",
        "stream-service-engine",
        "stream-service-runbook",
    }


def test_drift_is_told_and_written_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["write", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == set(documents())
    assert main(["check", str(tmp_path)]) == 0
    changed, missing, foreign = [*sorted(tmp_path.iterdir())[:2], tmp_path / "old.json"]
    changed.write_text(changed.read_text().replace("rate(", "irate(", 1))
    missing.unlink()
    foreign.write_text("{}")
    capsys.readouterr()
    assert main(["check", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert f"{changed}: is not what the code makes; make dashboards" in told
    assert f"{missing}: is missing; make dashboards" in told
    assert f"{foreign}: belongs to no page; make dashboards" in told
    assert main(["write", str(tmp_path)]) == 0
    assert main(["check", str(tmp_path)]) == 0


@every_page
def test_every_panel_says_what_it_shows_and_in_which_unit(path: Path) -> None:
    for panel in monitoring.panels(path):
        name = panel["title"]
        assert name
        assert panel["description"], name
        if panel["type"] == "text":
            continue
        assert panel["fieldConfig"]["defaults"]["unit"], name
        assert panel["datasource"]["uid"] == "${datasource}", name
        letters = [target["refId"] for target in panel["targets"]]
        assert letters, name
        assert sorted(set(letters)) == letters, name
        if panel["type"] in ("stat", "state-timeline"):
            assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"], name


@every_page
def test_several_series_of_a_graph_have_names(path: Path) -> None:
    for panel in monitoring.panels(path):
        for target in panel.get("targets", ()):
            if panel["type"] == "timeseries" and len(panel["targets"]) > 1:
                assert target["legendFormat"], panel["title"]


@every_page
def test_panels_lie_beside_each_other_in_the_grid(path: Path) -> None:
    panels = monitoring.dashboard(path)["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(set(ids)) == len(ids)
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= _WIDTH, panel["title"]
    for one, other in combinations(panels, 2):
        assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


@every_page
def test_pages_lead_to_each_other(path: Path) -> None:
    page = monitoring.dashboard(path)
    [link] = page["links"]
    assert link["type"] == "dashboards"
    assert link["tags"] == page["tags"]
    assert link["keepTime"]
    assert link["includeVars"]


@every_page
def test_only_what_can_be_chosen_is_asked_for(path: Path) -> None:
    names = {variable["name"] for variable in monitoring.variables(path)}
    known = {f"${name}" for name in names} | {"$__rate_interval"}
    for one in monitoring.expressions(path):
        words = {"$" + word.split('"')[0].split("]")[0] for word in one.expression.split("$")[1:]}
        assert words <= known, one
    used = " ".join(one.expression for one in monitoring.expressions(path))
    queries = " ".join(str(variable["query"]) for variable in monitoring.variables(path))
    for name in names - {"datasource"}:
        assert f"${name}" in used + queries, f"{name} can be chosen and changes nothing"


@every_page
def test_every_metric_is_one_that_the_code_exports(path: Path) -> None:
    known = exported_metrics() | monitoring.recorded() | _OF_PROMETHEUS
    for one in monitoring.expressions(path):
        assert metric_names(one.expression) <= known, one


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), [(None, "green")]),
        (Limits(1, 2), [(None, "green"), (1, "orange"), (2, "red")]),
        (Limits(critical=2), [(None, "green"), (2, "red")]),
        (
            Limits(0.9, 0.5, low_is_bad=True),
            [(None, "red"), (0.5, "orange"), (0.9, "green")],
        ),
        (Limits(critical=1, low_is_bad=True), [(None, "red"), (1, "green")]),
        (Limits(warning=1, low_is_bad=True), [(None, "orange"), (1, "green")]),
    ],
)
def test_limits_as_grafanas_steps(limits: Limits, expected: list[tuple[Any, str]]) -> None:
    assert [(step.value, step.color) for step in limits.steps()] == expected
