"""Panels, each with a unit, a description and the queries behind it."""

from collections.abc import Sequence
from typing import Literal, TypeVar

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, ThresholdsMode

from deploy.grafana.dashboards.limits import Limits, Named, mapping
from deploy.grafana.dashboards.queries import SOURCE, Query, over_time

Unit = Literal["s", "short", "percentunit", "currencyUSD", "bytes", "cps", "none"]
"""Grafana's identifiers; ``cps`` is a count a second."""

_FIGURE_HEIGHT = 4
_GRAPH_HEIGHT = 8

AnyPanel = TypeVar("AnyPanel", stat.Panel, timeseries.Panel, statetimeline.Panel, table.Panel)


def figure(
    title: str,
    description: str,
    query: Query,
    *,
    unit: Unit,
    limits: Limits | None = None,
    names: Sequence[Named] = (),
    width: int = 4,
) -> stat.Panel:
    """One number, coloured by its limits, with its course behind it."""
    panel = described(stat.Panel(), title, description, unit, limits or Limits())
    panel.with_target(over_time(query, 0))
    panel.height(_FIGURE_HEIGHT).span(width)
    panel.graph_mode(BigValueGraphMode.AREA).color_mode(BigValueColorMode.VALUE)
    panel.reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
    return panel.mappings([mapping(names)]) if names else panel


def graph(
    title: str,
    description: str,
    *queries: Query,
    unit: Unit,
    limits: Limits | None = None,
    width: int = 12,
    stacked: bool = False,
) -> timeseries.Panel:
    """Lines over time from 0 upwards; where there are limits they are drawn."""
    panel = described(timeseries.Panel(), title, description, unit, limits)
    for index, query in enumerate(queries):
        panel.with_target(over_time(query, index))
    panel.height(_GRAPH_HEIGHT).span(width).min(0).line_width(1).fill_opacity(10)
    panel.color_scheme(build.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    panel.legend(
        options.VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
    )
    panel.tooltip(
        options.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    )
    if limits is not None:
        panel.thresholds_style(
            options.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        )
    if stacked:
        panel.stacking(options.StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(40)
    return panel


def timeline(
    title: str, description: str, query: Query, *, names: Sequence[Named], width: int = 24
) -> statetimeline.Panel:
    """A bar for each series, coloured by the state that it was in."""
    panel = described(statetimeline.Panel(), title, description, "none", Limits())
    panel.with_target(over_time(query, 0)).mappings([mapping(names)])
    return panel.height(_GRAPH_HEIGHT).span(width).row_height(0.8).merge_values(True)


def described(
    panel: AnyPanel, title: str, description: str, unit: Unit, limits: Limits | None
) -> AnyPanel:
    """What every panel has."""
    panel.title(title)
    panel.description(description)
    panel.datasource(SOURCE)
    panel.unit(unit)
    if limits is not None:
        thresholds = build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE)
        panel.thresholds(thresholds.steps(limits.steps()))
    return panel
