"""Of the engine's page: the graph's nodes, and the worker as a process."""

from collections.abc import Sequence

from deploy.grafana.dashboards.limits import Limits
from deploy.grafana.dashboards.page import Panel
from deploy.grafana.dashboards.panels import graph
from deploy.grafana.dashboards.queries import Query, quantile
from deploy.grafana.dashboards.selectors import OF_WORKER

_RATE = f"{{{OF_WORKER}}}[$__rate_interval]"


def graph_panels() -> Sequence[Panel]:
    """Of the graph's nodes."""
    nodes = "feedback_node_duration_seconds"
    return [
        graph(
            "How long nodes take, p95",
            "Which step is slow.",
            Query(quantile(0.95, nodes, "node"), "{{node}}"),
            unit="s",
        ),
        graph(
            "Runs of nodes a second",
            "The way that events take through the graph.",
            Query(f"sum by (node) (rate({nodes}_count{_RATE}))", "{{node}}"),
            unit="cps",
        ),
    ]


def process_panels() -> Sequence[Panel]:
    """Of the event loop, the threads, and what the operating system counts."""
    return [
        graph(
            "Event loop's lag",
            "How late it runs callbacks, four times a second. Above 0.1 s: something blocks it, or"
            " the CPU is short.",
            *(
                Query(
                    quantile(share, "feedback_event_loop_lag_seconds", "instance"),
                    "{{instance}} " + words,
                )
                for share, words in ((0.5, "median"), (0.99, "p99"))
            ),
            unit="s",
            limits=Limits(warning=0.1, critical=0.25),
        ),
        graph(
            "Jobs in pools of threads",
            "Running or in line, of the local analyst and the graph. Growing: more CPU, or more"
            " workers.",
            Query(
                f"sum by (instance, executor) (feedback_executor_jobs{{{OF_WORKER}}})",
                "{{instance}} {{executor}}",
            ),
            unit="none",
        ),
        graph(
            "CPU",
            "Cores that each worker uses.",
            Query(f"rate(process_cpu_seconds_total{_RATE})", "{{instance}}"),
            unit="none",
        ),
        graph(
            "Memory",
            "Resident. It is bounded by the windows and the cache of answers.",
            Query(f"process_resident_memory_bytes{{{OF_WORKER}}}", "{{instance}}"),
            unit="bytes",
        ),
        graph(
            "Open files",
            "Share of what the process may open.",
            Query(
                f"process_open_fds{{{OF_WORKER}}} / process_max_fds{{{OF_WORKER}}}",
                "{{instance}}",
            ),
            unit="percentunit",
            limits=Limits(warning=0.8),
        ),
        graph(
            "Spans a second",
            "By what became of them; none where tracing is off. failed, dropped: the collector"
            " does not take them, which holds up no event.",
            Query(f"sum by (result) (rate(feedback_trace_spans_total{_RATE}))", "{{result}}"),
            unit="cps",
        ),
    ]
