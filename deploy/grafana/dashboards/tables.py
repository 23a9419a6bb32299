"""Tables: a row for each set of labels, a column for each query."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue

from deploy.grafana.dashboards.limits import Limits
from deploy.grafana.dashboards.panels import Unit, described
from deploy.grafana.dashboards.queries import Query, as_rows, ref_id

_HEIGHT = 10


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of each row."""

    title: str
    expression: str
    unit: Unit
    limits: Limits | None = None


def rows(
    title: str, description: str, *columns: Column, labels: Sequence[str], width: int = 24
) -> table.Panel:
    """A table of at least two columns; ``labels`` come first, in this order."""
    panel = described(table.Panel(), title, description, "none", None)
    panel.height(_HEIGHT).span(width)
    for index, column in enumerate(columns):
        panel.with_target(as_rows(Query(column.expression), index))
        panel.override_by_name(column.title, _look(column))
    # What Grafana calls the figures of several queries once their tables are one.
    titles = {f"Value #{ref_id(index)}": column.title for index, column in enumerate(columns)}
    order = {name: index for index, name in enumerate([*labels, *titles])}
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    return panel.with_transformation(
        DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": order,
                "renameByName": titles,
            },
        )
    )


def _look(column: Column) -> list[DynamicConfigValue]:
    look = [DynamicConfigValue("unit", column.unit)]
    if column.limits is not None:
        steps = {"mode": "absolute", "steps": column.limits.steps()}
        look += [
            DynamicConfigValue("thresholds", steps),
            DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        ]
    return look
