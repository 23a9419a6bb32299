"""PromQL expressions as targets of a panel."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.dashboards.selectors import OF_WORKER

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Whichever data source is chosen at the top of the page."""


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and what its series are called."""

    expression: str
    legend: str = ""
    exemplars: bool = False
    """Whether the dots that lead to traces are drawn."""


def quantile(share: float, histogram: str, *by: str, selector: str = OF_WORKER) -> str:
    """What ``share`` of the observations are below, by the labels ``by``."""
    labels = ", ".join(("le", *by))
    buckets = f"{histogram}_bucket{{{selector}}}[$__rate_interval]"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({buckets})))"


def over_time(query: Query, index: int) -> prometheus.Dataquery:
    """The target that is the panel's ``index``-th, of values over the time that is shown."""
    target = _target(query, index).range()
    if query.exemplars:
        target.exemplar(True)
    return target.legend_format(query.legend) if query.legend else target


def as_rows(query: Query, index: int) -> prometheus.Dataquery:
    """The target that is the panel's ``index``-th, of present values with a column a label."""
    return _target(query, index).instant().format(PromQueryFormat.TABLE)


def ref_id(index: int) -> str:
    """The letter by which Grafana tells a panel's queries apart."""
    return chr(ord("A") + index)


def _target(query: Query, index: int) -> prometheus.Dataquery:
    # The SDK leaves the letter out, and Grafana takes two queries without one for the same.
    return prometheus.Dataquery().expr(query.expression).ref_id(ref_id(index)).datasource(SOURCE)
