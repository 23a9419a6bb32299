"""What can be chosen at the top of a page."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from deploy.grafana.dashboards.queries import SOURCE
from deploy.grafana.dashboards.selectors import OF_GROUP


def data_source() -> build.DatasourceVariable:
    """Which Prometheus is asked."""
    return build.DatasourceVariable("datasource").label("Data source").type("prometheus")


def group() -> build.QueryVariable:
    """Consumer groups, by the lag exporter: they stay though every worker be dead."""
    return _of_labels("group", "Group", "feedback_consumer_group_members", "group")


def topic() -> build.QueryVariable:
    """The topics that the groups read."""
    return _of_labels(
        "topic", "Topic", f"feedback_consumer_committed_offset{{{OF_GROUP}}}", "topic"
    )


def instance() -> build.QueryVariable:
    """The workers of the groups: whose metrics the page shows."""
    return _of_labels(
        "instance", "Worker", f"feedback_consumer_rebalances_total{{{OF_GROUP}}}", "instance"
    )


def _of_labels(name: str, label: str, selector: str, of: str) -> build.QueryVariable:
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(f"label_values({selector}, {of})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
        .current(everything)
    )
