"""Charts: ECharts as NiceGUI carries it, drawn as SVG, so that styles give them their colours."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from nicegui import ui

from stream_service.console.pages.elements import set_attributes

COLOURS = ("#3a80c1", "#c2711c", "#c7443a", "#2f9461", "#8b6fd1", "#6d7987")
"""Each with a contrast of 3:1 to the light and to the dark ground; told apart by colour-blind
readers by their order, their names in the legend, and the figures in words beside the charts."""

_LINES = "#80808055"
"""Half transparent: it does on both grounds."""

_FONT = {"fontFamily": "system-ui, Roboto, 'Noto Sans CJK SC', sans-serif"}
"""As the page's own, so that texts are as wide as ECharts takes them for."""

_TOOLTIP = {
    "confine": True,
    "backgroundColor": "var(--surface)",
    "borderColor": "var(--line)",
    "textStyle": {"color": "var(--ink)"},
}

Points = Sequence[tuple[int, float | None]]
"""Times in milliseconds since 1970, and values; None where there is none."""


class _Chart:
    """A chart with a name, and what it shows in words for those who do not see it."""

    def __init__(self, label: str, options: dict[str, Any]) -> None:
        self._label = label
        self._chart = ui.echart(options, renderer="svg").classes("chart")
        set_attributes(self._chart, role="img", aria_label=label)

    def set_visibility(self, visible: bool) -> None:
        """Show the chart or not: an empty one tells less than a sentence."""
        self._chart.set_visibility(visible)

    def _show(self, summary: str, **options: Any) -> None:
        shown = cast(dict[str, Any], self._chart.options)  # pyright: ignore[reportUnknownMemberType]
        if all(shown.get(name) == value for name, value in options.items()):
            return
        shown.update(options)
        set_attributes(self._chart, aria_label=f"{self._label}: {summary}")
        self._chart.update()


class TimeChart(_Chart):
    """Values over time, in the reader's own zone."""

    def __init__(
        self,
        label: str,
        *,
        kind: Literal["bar", "line"],
        unit: str,
        stacked: bool = False,
        has_legend: bool = True,
    ) -> None:
        # A point that stands alone has no line to be seen by.
        self._series: dict[str, Any] = {"type": kind, "symbolSize": 4, "barMaxWidth": 12}
        if stacked:
            self._series["stack"] = "all"
        super().__init__(
            label,
            {
                "animation": False,
                "textStyle": _FONT,
                "color": list(COLOURS),
                "grid": {"left": 8, "right": 12, "top": 36, "bottom": 4, "containLabel": True},
                "legend": {
                    "show": has_legend,
                    "top": 0,
                    "right": 0,
                    "type": "scroll",
                    "itemWidth": 14,
                },
                "tooltip": {**_TOOLTIP, "trigger": "axis"},
                "xAxis": {
                    "type": "time",
                    "axisLine": {"lineStyle": {"color": _LINES}},
                    "axisLabel": {"hideOverlap": True},
                },
                "yAxis": {
                    "type": "value",
                    "name": unit,
                    "nameTextStyle": {"align": "left"},
                    "nameGap": 8,
                    "min": 0,
                    "splitLine": {"lineStyle": {"color": _LINES}},
                },
                "series": [],
            },
        )

    def show(self, series: Mapping[str, Points], summary: str) -> None:
        """Show these, by their names; ``summary`` says the same in words."""
        self._show(
            summary,
            series=[
                {**self._series, "name": name, "data": [list(point) for point in points]}
                for name, points in series.items()
            ],
        )


class ShareChart(_Chart):
    """Parts of a whole."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label,
            {
                "animation": False,
                "textStyle": _FONT,
                "color": list(COLOURS),
                "legend": {"orient": "vertical", "left": "58%", "top": "middle", "itemWidth": 14},
                "tooltip": {**_TOOLTIP, "trigger": "item"},
                "series": [],
            },
        )

    def show(self, parts: Mapping[str, int]) -> None:
        """Show these, by their names."""
        self._show(
            ", ".join(f"{name} {count}" for name, count in parts.items()),
            series=[
                {
                    "type": "pie",
                    "radius": ["44%", "66%"],
                    "center": ["29%", "50%"],
                    "label": {"show": False},
                    "itemStyle": {"borderWidth": 2, "borderColor": "var(--surface)"},
                    "data": [
                        {"name": f"{name}  {count}", "value": count}
                        for name, count in parts.items()
                    ],
                }
            ],
        )
