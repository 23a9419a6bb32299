"""What people must decide, what they have decided, and what could not be processed."""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards import selection
from deploy.grafana.dashboards.limits import Limits
from deploy.grafana.dashboards.page import Panel, Row, page
from deploy.grafana.dashboards.panels import figure, graph
from deploy.grafana.dashboards.queries import Query
from deploy.grafana.dashboards.selectors import OF_GROUP, OF_WORKER
from deploy.grafana.dashboards.tables import Column, rows

_SENT = "messaging_client_sent_messages_total"
_DEAD = f'{{{OF_WORKER},outcome="dead_letter"}}'
_DECISIONS = r'topic=~".*feedback\\.review-decisions"'


def dashboard() -> Dashboard:
    """Review items by what workers sent; how old open ones are, workers cannot tell."""
    return page(
        "stream-service-reviews",
        "reviews and dead letters",
        "What people must decide, what they have decided, and what could not be processed.",
        [selection.data_source(), selection.group(), selection.instance()],
        [
            Row("Now", _now()),
            Row("Reviews", _reviews()),
            Row("Dead letters", _dead_letters()),
        ],
    )


def _sent_to(topic: str) -> str:
    return (
        f'{_SENT}{{{OF_WORKER},messaging_destination_name=~".*feedback\\\\.{topic}",error_type=""}}'
    )


def _now() -> Sequence[Panel]:
    created, decided = _sent_to("reviews"), _sent_to("review-state")
    return [
        figure(
            "Sent to people",
            "Share of the judged events that became a review item.",
            Query(
                f'sum(rate(feedback_events_total{{{OF_WORKER},outcome="review"}}'
                "[$__rate_interval])) / sum(rate(feedback_events_total"
                f'{{{OF_WORKER},outcome=~"replied|review"}}[$__rate_interval]))'
            ),
            unit="percentunit",
        ),
        figure(
            "Items created in a day",
            "Review items of the last 24 hours.",
            Query(f"sum(increase({created}[1d]))"),
            unit="short",
        ),
        figure(
            "Items decided in a day",
            "First decisions of the last 24 hours: those that count.",
            Query(f"sum(increase({decided}[1d])) or vector(0)"),
            unit="short",
        ),
        figure(
            "Growth of the backlog in a day",
            "Items created less items decided in 24 hours. Above 0 for days: open items grow older"
            " and older.",
            Query(f"sum(increase({created}[1d])) - (sum(increase({decided}[1d])) or vector(0))"),
            unit="short",
            limits=Limits(warning=50, critical=100),
        ),
        figure(
            "Oldest decision that waits",
            "Decisions are never held up by the language model; above a minute something is wrong.",
            Query(f"max(feedback_consumer_lag_seconds{{{OF_GROUP},{_DECISIONS}}})"),
            unit="s",
            limits=Limits(warning=60, critical=120),
        ),
        figure(
            "Dead letters in an hour",
            "Records that could not be processed.",
            Query(f"sum(increase(feedback_events_total{_DEAD}[1h]))"),
            unit="short",
            limits=Limits(warning=1, critical=100),
        ),
    ]


def _reviews() -> Sequence[Panel]:
    return [
        graph(
            "Review items a second by category",
            "What the playbook and the guard hand to people.",
            Query(
                f'sum by (category) (rate(feedback_events_total{{{OF_WORKER},outcome="review"}}'
                "[$__rate_interval]))",
                "{{category}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Decisions a second",
            "results: every decision that was answered. first: those that count. late: superseded"
            " by an earlier one. ignored: nobody is answered.",
            Query(f"sum(rate({_sent_to('review-results')}[$__rate_interval]))", "results"),
            Query(f"sum(rate({_sent_to('review-state')}[$__rate_interval]))", "first"),
            *(
                Query(
                    "sum(rate(feedback_event_latency_seconds_count"
                    f'{{{OF_WORKER},outcome="{outcome}"}}[$__rate_interval]))',
                    name,
                )
                for outcome, name in (("superseded", "late"), ("ignored", "ignored"))
            ),
            unit="cps",
        ),
    ]


def _dead_letters() -> Sequence[Panel]:
    return [
        graph(
            "Dead letters a second by fault",
            "judge_failed, output_too_large and publish_refused are ours, the rest the publisher's"
            " or the reviewer's.",
            Query(
                f"sum by (error_type) (rate(feedback_events_total{_DEAD}[$__rate_interval])) > 0",
                "{{error_type}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Share of events that are dead letters",
            "Of all events but duplicates.",
            Query(
                f"sum(rate(feedback_events_total{_DEAD}[$__rate_interval]))"
                " / sum(rate(feedback_events_total"
                f'{{{OF_WORKER},outcome=~"replied|review|dead_letter"}}[$__rate_interval]))'
            ),
            unit="percentunit",
            limits=Limits(warning=0.01, critical=0.05),
        ),
        rows(
            "Dead letters by fault",
            "`stream-service subscribe dead-letters --from-beginning --no-follow` shows them.",
            Column(
                "in an hour",
                f"sum by (error_type) (increase(feedback_events_total{_DEAD}[1h])) > 0",
                "short",
            ),
            Column(
                "in a day",
                f"sum by (error_type) (increase(feedback_events_total{_DEAD}[1d])) > 0",
                "short",
            ),
            labels=("error_type",),
            width=12,
        ),
        graph(
            "Attempts that failed, a second",
            "By the class of the error. An event has consumer.judge_attempts of them; a record"
            " that cannot be decoded has one.",
            Query(
                "sum by (error_type) (rate(messaging_process_duration_seconds_count"
                f'{{{OF_WORKER},error_type!=""}}[$__rate_interval]))',
                "{{error_type}}",
            ),
            unit="cps",
        ),
    ]
