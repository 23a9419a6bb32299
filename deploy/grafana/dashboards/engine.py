"""What goes on inside the workers: windows, commits, graph, event loop, process."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards import selection
from deploy.grafana.dashboards.limits import Limits
from deploy.grafana.dashboards.page import Panel, Row, page
from deploy.grafana.dashboards.panels import figure, graph
from deploy.grafana.dashboards.process import graph_panels, process_panels
from deploy.grafana.dashboards.queries import Query, quantile
from deploy.grafana.dashboards.selectors import OF_WORKER

_RATE = f"{{{OF_WORKER}}}[$__rate_interval]"
_OF_TOPIC = f'{{{OF_WORKER},topic=~"$topic"}}'


def dashboard() -> Dashboard:
    """For whoever has found that the workers are what is slow."""
    return page(
        "stream-service-engine",
        "engine internals",
        "What goes on inside the workers: windows, commits, graph, event loop, process.",
        [
            selection.data_source(),
            selection.group(),
            selection.topic(),
            selection.instance(),
        ],
        [
            Row("Now", _now()),
            Row("Events under way", _under_way()),
            Row("Commits and sessions", _commits()),
            Row("Kafka", _kafka()),
            Row("Graph", graph_panels()),
            Row("Process", process_panels()),
        ],
    )


def _now() -> Sequence[Panel]:
    return [
        figure(
            "Being judged",
            "Events. At consumer.in_flight in every worker for long: the model, or the CPU for the"
            " local analyst, is the limit.",
            Query(f"sum(feedback_inflight_events{{{OF_WORKER}}})"),
            unit="none",
        ),
        figure(
            "Oldest under way",
            "Since it was taken, until it is acknowledged. Rising steadily: one call hangs, or"
            " commits fail.",
            Query(f"max(feedback_inflight_oldest_age_seconds{{{OF_WORKER}}})"),
            unit="s",
            limits=Limits(warning=60, critical=600),
        ),
        figure(
            "Commits that failed in an hour",
            "fenced ones are not counted: in a rebalance they are everyday.",
            Query(
                "sum(increase(feedback_commits_total"
                f'{{{OF_WORKER},result!~"committed|fenced"}}[1h]))'
            ),
            unit="short",
            limits=Limits(warning=1, critical=20),
        ),
        figure(
            "Sessions that failed in an hour",
            "Each is begun anew, at most 15 s later.",
            Query(
                "sum(increase(feedback_session_failures_total"
                f'{{{OF_WORKER},reason!="fenced"}}[1h]))'
            ),
            unit="short",
            limits=Limits(warning=1, critical=20),
        ),
        figure(
            "Event loop's lag, p99",
            "Above 0.1 s: something blocks it, or the CPU is short.",
            Query(quantile(0.99, "feedback_event_loop_lag_seconds")),
            unit="s",
            limits=Limits(warning=0.1, critical=0.25),
        ),
        figure(
            "Versions running",
            "More than one: a roll-out is under way, or was left half way.",
            Query(f"count(count by (version) (feedback_build_info{{{OF_WORKER}}}))"),
            unit="none",
            limits=Limits(warning=2),
        ),
    ]


def _under_way() -> Sequence[Panel]:
    return [
        graph(
            "Events being judged",
            "consumer.in_flight bounds them in each worker, 200 by default.",
            Query(f"sum by (instance) (feedback_inflight_events{{{OF_WORKER}}})", "{{instance}}"),
            unit="none",
        ),
        graph(
            "Age of the oldest event under way",
            "Since it was taken, until it is acknowledged.",
            Query(
                f"max by (instance) (feedback_inflight_oldest_age_seconds{{{OF_WORKER}}})",
                "{{instance}}",
            ),
            unit="s",
            limits=Limits(warning=60, critical=600),
        ),
        graph(
            "Window spans",
            "Offsets from the first not done to the last taken; the 20 largest. One large one: a"
            " slow event there, or a key with very many.",
            Query(
                f"topk(20, sum by (topic, partition) (feedback_window_span{_OF_TOPIC}))",
                "{{topic}} {{partition}}",
            ),
            unit="none",
        ),
        graph(
            "Partitions being read",
            "By worker. Their sum is the number of partitions of events and decisions.",
            Query(
                f"sum by (instance) (feedback_partition_sessions{{{OF_WORKER}}})", "{{instance}}"
            ),
            unit="none",
            stacked=True,
        ),
    ]


def _commits() -> Sequence[Panel]:
    return [
        graph(
            "Commits a second by result",
            "timed_out and publish_failed speak of the brokers, refused of a record that they do"
            " not take.",
            Query(f"sum by (result) (rate(feedback_commits_total{_RATE}))", "{{result}}"),
            unit="cps",
        ),
        graph(
            "How long commits take",
            "With their outputs, where they succeeded. Above 1 s: the brokers are slow.",
            *(
                Query(quantile(share, "feedback_commit_duration_seconds"), name)
                for share, name in ((0.5, "median"), (0.99, "p99"))
            ),
            unit="s",
            limits=Limits(warning=1),
        ),
        graph(
            "Sessions that failed, a second",
            "By why.",
            Query(f"sum by (reason) (rate(feedback_session_failures_total{_RATE}))", "{{reason}}"),
            unit="cps",
        ),
        graph(
            "Rebalances in five minutes",
            "More than a deployment's worth: workers come and go, or miss their heartbeats.",
            Query(
                "sum by (instance) (increase(feedback_consumer_rebalances_total"
                f"{{{OF_WORKER}}}[5m]))",
                "{{instance}}",
            ),
            unit="short",
        ),
    ]


def _kafka() -> Sequence[Panel]:
    by_topic = "sum by (messaging_destination_name)"
    name = "{{messaging_destination_name}}"
    operations = "messaging_client_operation_duration_seconds"
    return [
        graph(
            "Records read, a second",
            "After a rebalance records before the frontier are read again, to know duplicates.",
            Query(f"{by_topic} (rate(messaging_client_consumed_messages_total{_RATE}))", name),
            unit="cps",
        ),
        graph(
            "Records sent, a second",
            "Those with an error were in a transaction that was not acknowledged; they are sent"
            " again.",
            Query(
                "sum by (messaging_destination_name, error_type)"
                f" (rate(messaging_client_sent_messages_total{_RATE}))",
                name + " {{error_type}}",
            ),
            unit="cps",
        ),
        graph(
            "How long polls and commits take, p99",
            "Of polls only those that brought records.",
            Query(
                quantile(0.99, operations, "messaging_operation_name"),
                "{{messaging_operation_name}}",
            ),
            unit="s",
            limits=Limits(warning=1),
        ),
        graph(
            "How long one record's work takes",
            "One attempt at judging an event or applying a decision.",
            *(
                Query(
                    quantile(
                        share, "messaging_process_duration_seconds", "messaging_destination_name"
                    ),
                    f"{name} {words}",
                )
                for share, words in ((0.5, "median"), (0.99, "p99"))
            ),
            unit="s",
        ),
    ]
