"""Is feedback being answered, how fast, and what stands in the way?"""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards import selection
from deploy.grafana.dashboards.limits import GREEN, RED, Limits, Named
from deploy.grafana.dashboards.page import Panel, Row, page
from deploy.grafana.dashboards.panels import figure, graph
from deploy.grafana.dashboards.queries import Query, quantile
from deploy.grafana.dashboards.selectors import OF_GROUP, OF_WORKER

OBJECTIVE = 0.99
"""The share of events that is answered within a minute; the rules' own."""

_ANSWERED = f'{OF_WORKER},outcome=~"replied|review"'


def dashboard() -> Dashboard:
    """The page to begin with."""
    return page(
        "stream-service-overview",
        "overview",
        "Is feedback being answered, how fast, and what stands in the way?",
        [selection.data_source(), selection.group(), selection.instance()],
        [
            Row("Now", [*_promise(), *_obstacles()]),
            Row("Outcomes", _outcomes()),
            Row("What waits", _waiting()),
        ],
    )


def _promise() -> Sequence[Panel]:
    return [
        figure(
            "Answered within a minute",
            "Share of the last hour's events that became a reply or a review item within 60 s of"
            " their record's timestamp. Dead letters count as not answered. The objective is 99 %."
            " Of all workers: a recorded series, whatever is chosen above.",
            Query("1 - max(feedback:slo_bad_events:ratio_rate1h)"),
            unit="percentunit",
            limits=Limits(warning=OBJECTIVE, critical=0.95, low_is_bad=True),
            width=6,
        ),
        figure(
            "Error budget left",
            "Of the 1 % that may miss the objective in three days, the share that is not used up."
            " Below 0 the objective is missed.",
            Query(f"1 - max(feedback:slo_bad_events:ratio_rate3d) / {1 - OBJECTIVE:g}"),
            unit="percentunit",
            limits=Limits(warning=0.5, critical=0, low_is_bad=True),
            width=6,
        ),
        figure(
            "Events a second",
            "Outcomes that the brokers have confirmed, without duplicates.",
            Query(
                "sum(rate(feedback_events_total"
                f'{{{OF_WORKER},outcome!="duplicate"}}[$__rate_interval]))'
            ),
            unit="cps",
            width=6,
        ),
        figure(
            "Alerts firing",
            "Of this service's own rules. The runbook has an entry for each.",
            Query('count(ALERTS{alertname=~"Feedback.*",alertstate="firing"}) or vector(0)'),
            unit="none",
            limits=Limits(warning=1),
            width=6,
        ),
    ]


def _obstacles() -> Sequence[Panel]:
    return [
        figure(
            "Oldest unanswered event",
            "Age of the first record that no worker has finished, over all partitions. Measured at"
            " the brokers: it rises though every worker be dead.",
            Query(f"max(feedback_consumer_lag_seconds{{{OF_GROUP}}})"),
            unit="s",
            limits=Limits(warning=120, critical=900),
        ),
        figure(
            "Partitions that stand still",
            "Records wait in them, and nothing has moved for ten looks at the cluster.",
            Query(f'sum(feedback_consumer_partition_status{{{OF_GROUP},status=~"stall|stop"}})'),
            unit="none",
            limits=Limits(critical=1),
        ),
        figure(
            "Workers that answer",
            "Of those that Prometheus scrapes; `run --workers N` is one.",
            Query('sum(up{job="stream-service-worker"})'),
            unit="none",
            limits=Limits(critical=1, low_is_bad=True),
        ),
        figure(
            "Partitions being read",
            "Sessions of events and of decisions. Below the number of their partitions: some are"
            " read by nobody, or a start is under way.",
            Query(f"sum(feedback_partition_sessions{{{OF_WORKER}}})"),
            unit="none",
            limits=Limits(critical=1, low_is_bad=True),
        ),
        figure(
            "Language model",
            "Away: the breaker is open in at least one worker, events wait, and after"
            " llm.outage_patience_s the local analyst judges.",
            Query(f'max(feedback_llm_breaker_state{{{OF_WORKER},state="open"}})'),
            unit="none",
            limits=Limits(critical=1),
            names=[Named(0, "answers", GREEN), Named(1, "away", RED)],
        ),
        figure(
            "Dead letters in an hour",
            "Records that could not be processed. They lie in the dead-letter topic, none is lost.",
            Query(f'sum(increase(feedback_events_total{{{OF_WORKER},outcome="dead_letter"}}[1h]))'),
            unit="short",
            limits=Limits(warning=1, critical=100),
        ),
    ]


def _outcomes() -> Sequence[Panel]:
    return [
        graph(
            "Outcomes a second",
            "What events became, once each. Flat at 0 while lag rises: nothing is judged, or"
            " nothing can be committed.",
            Query(
                f"sum by (outcome) (rate(feedback_events_total{{{OF_WORKER}}}[$__rate_interval]))",
                "{{outcome}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "From record to outcome",
            "From the record's timestamp to the outcome's acknowledgement; dots lead to traces."
            " The line is the objective's minute.",
            *(
                Query(
                    quantile(share, "feedback_event_latency_seconds", selector=_ANSWERED),
                    name,
                    exemplars=share == 0.99,
                )
                for share, name in ((0.5, "median"), (0.95, "p95"), (0.99, "p99"))
            ),
            unit="s",
            limits=Limits(critical=60),
        ),
        graph(
            "Events a second by category",
            "Of what was judged: replies and review items.",
            Query(
                "sum by (category) (rate(feedback_events_total"
                f'{{{OF_WORKER},category!=""}}[$__rate_interval]))',
                "{{category}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Burn of the error budget",
            "How many times faster than allowed events miss the objective. Above 14.4 for an hour,"
            " or 6 for six, somebody is woken.",
            *(
                Query(
                    f"max(feedback:slo_bad_events:ratio_rate{window}) / {1 - OBJECTIVE:g}", window
                )
                for window in ("5m", "1h", "6h", "3d")
            ),
            unit="none",
            limits=Limits(warning=6, critical=14.4),
        ),
    ]


def _waiting() -> Sequence[Panel]:
    return [
        graph(
            "Oldest unanswered event by topic",
            "By the record's own timestamp.",
            Query(
                f"max by (group, topic) (feedback_consumer_lag_seconds{{{OF_GROUP}}})",
                "{{group}} {{topic}}",
            ),
            unit="s",
            limits=Limits(warning=120, critical=900),
        ),
        graph(
            "Records that wait by topic",
            "Not processed yet, whatever the committed offset says.",
            Query(
                f"sum by (group, topic) (feedback_consumer_unprocessed_messages{{{OF_GROUP}}})",
                "{{group}} {{topic}}",
            ),
            unit="short",
        ),
    ]
