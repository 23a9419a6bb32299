"""What all pages have in common: links to the others, the time that is shown, panels in rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
)

TAG = "stream-service"
"""Of all our pages: by it they link to each other."""

Panel = stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel
Variable = build.DatasourceVariable | build.QueryVariable


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading; the widths of each line of them come to 24."""

    title: str
    panels: Sequence[Panel]


def page(
    uid: str, title: str, description: str, variables: Sequence[Variable], rows: Sequence[Row]
) -> Dashboard:
    """A dashboard. ``uid`` is its address and the name of its file."""
    dashboard = empty_page(uid, title, description)
    for variable in variables:
        dashboard.with_variable(variable)
    ids = count(1)
    for row in rows:
        dashboard.with_row(build.Row(row.title).id(next(ids)))
        for panel in row.panels:
            dashboard.with_panel(panel.id(next(ids)))
    return dashboard.build()


def empty_page(uid: str, title: str, description: str) -> build.Dashboard:
    """A page without panels."""
    return (
        build.Dashboard(f"Feedback: {title}")
        .uid(uid)
        .description(description)
        .tags([TAG])
        .link(
            build.DashboardLink("Feedback")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(False)
            .include_vars(True)
            .keep_time(True)
        )
        .timezone("browser")
        .time("now-1h", "now")
        .refresh("30s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .editable()
    )
