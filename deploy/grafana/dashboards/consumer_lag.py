"""Which partition is behind, by how much, since when, and does it move?"""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards import selection
from deploy.grafana.dashboards.limits import GREEN, ORANGE, RED, YELLOW, Limits, Named
from deploy.grafana.dashboards.page import Panel, Row, page
from deploy.grafana.dashboards.panels import figure, graph, timeline
from deploy.grafana.dashboards.queries import Query
from deploy.grafana.dashboards.selectors import OF_GROUP, OF_TOPIC
from deploy.grafana.dashboards.tables import Column, rows

_PARTITION = "{{group}} {{topic}} {{partition}}"

_STATUSES = (
    Named(0, "ok", GREEN),
    Named(1, "warn", YELLOW),
    Named(2, "rewind", ORANGE),
    Named(3, "stall", RED),
    Named(4, "stop", "dark-red"),
)
"""The exporter's, in an order from good to bad."""


def dashboard() -> Dashboard:
    """Of the lag exporter's figures alone: it needs no worker that lives."""
    return page(
        "stream-service-lag",
        "consumer lag",
        "Which partition is behind, by how much, since when, and does it move? Measured from"
        " outside of the workers.",
        [selection.data_source(), selection.group(), selection.topic()],
        [
            Row("Now", _now()),
            Row("By partition", _by_partition()),
            Row("Pace", _pace()),
            Row("Groups, and the exporter itself", _around()),
        ],
    )


def _now() -> Sequence[Panel]:
    return [
        figure(
            "Oldest unprocessed record",
            "Age by its own timestamp, over all partitions.",
            Query(f"max(feedback_consumer_lag_seconds{{{OF_TOPIC}}})"),
            unit="s",
            limits=Limits(warning=120, critical=900),
        ),
        figure(
            "Records unprocessed",
            "Lag less what is completed ahead of the committed offset.",
            Query(f"sum(feedback_consumer_unprocessed_messages{{{OF_TOPIC}}})"),
            unit="short",
        ),
        figure(
            "Time to catch up",
            "With what waits now, at the present pace, in the slowest partition. Infinite: it does"
            " not move.",
            Query(f"max(feedback_consumer_drain_estimate_seconds{{{OF_TOPIC}}})"),
            unit="s",
            limits=Limits(warning=300, critical=1_800),
        ),
        figure(
            "Partitions that stand still",
            "Records wait, and neither offset nor map has moved for ten looks.",
            Query(f'sum(feedback_consumer_partition_status{{{OF_TOPIC},status=~"stall|stop"}})'),
            unit="none",
            limits=Limits(critical=1),
        ),
        figure(
            "Records lost to retention",
            "Removed by the brokers before anybody had read them. They are no lag, and do not come"
            " back.",
            Query(f"sum(feedback_consumer_lost_messages{{{OF_TOPIC}}})"),
            unit="short",
            limits=Limits(critical=1),
        ),
        figure(
            "Age of these figures",
            "Since the cluster was read last.",
            Query("time() - max(feedback_lag_collector_last_success_timestamp_seconds)"),
            unit="s",
            limits=Limits(warning=60, critical=120),
        ),
    ]


def _by_partition() -> Sequence[Panel]:
    status = f"feedback_consumer_partition_status{{{OF_TOPIC}"
    numbered = " or ".join(f'{status},status="{one.text}"}} * {one.number}' for one in _STATUSES)
    return [
        timeline(
            "Status",
            "By Burrow's rules. warn: lag does not fall. stall: it is owned, records wait, nothing"
            " moves. stop: the same, and nobody owns it. rewind: the committed offset went back.",
            Query(f"sum by (group, topic, partition) ({numbered})", _PARTITION),
            names=_STATUSES,
        ),
        rows(
            "Partitions",
            "One row each. No figure: unknown, as before a first commit; it is never shown as 0.",
            *_columns(),
            labels=("group", "topic", "partition"),
        ),
        graph(
            "Age of the first unprocessed record",
            "The 20 oldest. A line that rises by a second a second: that partition does not move.",
            Query(f"topk(20, feedback_consumer_lag_seconds{{{OF_TOPIC}}})", _PARTITION),
            unit="s",
            limits=Limits(warning=120, critical=900),
        ),
        graph(
            "Lag in records",
            "Log end less committed offset, as every tool counts; the 20 largest. It saws while"
            " events complete ahead of a slow one.",
            Query(f"topk(20, feedback_consumer_lag_messages{{{OF_TOPIC}}})", _PARTITION),
            unit="short",
        ),
        graph(
            "Since the last commit",
            "Since offset or map was seen to change. Rising is a fault only where records wait.",
            Query(
                f"topk(20, time() - feedback_consumer_last_commit_timestamp_seconds{{{OF_TOPIC}}})",
                _PARTITION,
            ),
            unit="s",
        ),
        graph(
            "Time to catch up",
            "What waits now, at the pace of the last looks; the 20 longest.",
            Query(f"topk(20, feedback_consumer_drain_estimate_seconds{{{OF_TOPIC}}})", _PARTITION),
            unit="s",
        ),
    ]


def _columns() -> Sequence[Column]:
    def of(metric: str) -> str:
        return f"sum by (group, topic, partition) ({metric}{{{OF_TOPIC}}})"

    by_log = "sum by (topic, partition) (feedback_partition_{}_offset)"
    committed = of("feedback_consumer_committed_offset")
    return [
        Column(
            "age of the first",
            of("feedback_consumer_lag_seconds"),
            "s",
            Limits(warning=120, critical=900),
        ),
        Column("lag", of("feedback_consumer_lag_messages"), "short"),
        Column("unprocessed", of("feedback_consumer_unprocessed_messages"), "short"),
        Column(
            "since commit",
            f"time() - {of('feedback_consumer_last_commit_timestamp_seconds')}",
            "s",
        ),
        Column("committed", committed, "none"),
        Column(
            "log start",
            f"{committed} * 0 + on (topic, partition) group_left() {by_log.format('start')}",
            "none",
        ),
        Column(
            "log end",
            f"{committed} * 0 + on (topic, partition) group_left() {by_log.format('end')}",
            "none",
        ),
        Column("lost", of("feedback_consumer_lost_messages"), "short", Limits(critical=1)),
    ]


def _pace() -> Sequence[Panel]:
    return [
        graph(
            "Records in, a second",
            "By how fast the logs of the chosen topics grow; markers of transactions count.",
            Query(
                'sum by (topic) (rate(feedback_partition_end_offset{topic=~"$topic"}'
                "[$__rate_interval]))",
                "{{topic}}",
            ),
            unit="cps",
        ),
        graph(
            "Records committed, a second",
            "By how fast committed offsets move. Below what comes in: lag grows.",
            Query(
                "sum by (group, topic) (clamp_min(deriv(feedback_consumer_committed_offset"
                f"{{{OF_TOPIC}}}[$__rate_interval]), 0))",
                "{{group}} {{topic}}",
            ),
            unit="cps",
        ),
    ]


def _around() -> Sequence[Panel]:
    exporter = (
        "on (instance) group_left()"
        " (feedback_lag_collector_last_success_timestamp_seconds > bool 0)"
    )
    return [
        graph(
            "Members of groups",
            "0: nobody reads. Their lag is told all the same.",
            Query(f"sum by (group) (feedback_consumer_group_members{{{OF_GROUP}}})", "{{group}}"),
            unit="none",
        ),
        graph(
            "State of groups",
            "The present one, as Kafka names it. PreparingRebalance for long: members come and go.",
            Query(
                f"sum by (group, state) (feedback_consumer_group_state{{{OF_GROUP}}}) > 0",
                "{{group}} {{state}}",
            ),
            unit="none",
        ),
        graph(
            "What cannot be read",
            "By kind. Of a partition that nobody can read no other figure is told, and nobody in it"
            " is answered.",
            Query("max by (kind) (feedback_lag_unreadable)", "{{kind}}"),
            unit="none",
        ),
        graph(
            "The exporter's memory",
            "Of its process.",
            Query(f"process_resident_memory_bytes * {exporter}", "{{instance}}"),
            unit="bytes",
        ),
        graph(
            "The exporter's CPU",
            "Cores that it uses.",
            Query(
                f"rate(process_cpu_seconds_total[$__rate_interval]) * {exporter}", "{{instance}}"
            ),
            unit="none",
        ),
    ]
