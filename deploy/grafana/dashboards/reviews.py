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
from stream_service.contracts.review import Priority
from stream_service.playbook.load import load_playbook

_RESULTS = (
    f"messaging_client_sent_messages_total{{{OF_WORKER},"
    r'messaging_destination_name=~".*feedback\\.review-results",error_type=""}'
)
_DEAD = f'{{{OF_WORKER},outcome="dead_letter"}}'
_OURS = "judge_failed|output_too_large|publish_refused"
"""Faults that are no publisher's and no reviewer's: once mended, the record goes through."""

_DUE_HOURS = {
    priority: load_playbook().file.review.due_hours[priority]
    for priority in (Priority.URGENT, Priority.HIGH, Priority.NORMAL, Priority.LOW)
}
"""How long an item of each priority may wait, by the default playbook."""

_DECISIONS = r'topic=~".*feedback\\.review-decisions"'

_CREATED = f'feedback_events_total{{{OF_WORKER},outcome="review"}}'
_DECIDED = f'feedback_events_total{{{OF_WORKER},outcome=~"replied|ignored",category=""}}'
"""First decisions, those that count: only an outcome of a decision has no category. What is sent to
the memory of decisions counts more, for old ones are taken out of it there."""


def dashboard() -> Dashboard:
    """What was sent by the workers' figures; what waits, and how long, by the console's."""
    return page(
        "stream-service-reviews",
        "reviews and dead letters",
        "What people must decide, what they have decided, and what could not be processed.",
        [selection.data_source(), selection.group(), selection.instance()],
        [
            Row("Now", _now()),
            Row("What waits for people", _waits()),
            Row("Reviews", [*_open_items(), *_reviews()]),
            Row("Dead letters", [*_waiting_dead_letters(), *_dead_letters()]),
        ],
    )


def _now() -> Sequence[Panel]:
    return [
        figure(
            "Sent to people",
            "Share of the judged events that became a review item.",
            Query(
                f"sum(rate({_CREATED}[$__rate_interval])) / sum(rate(feedback_events_total"
                f'{{{OF_WORKER},outcome=~"replied|review",category!=""}}[$__rate_interval]))'
            ),
            unit="percentunit",
        ),
        figure(
            "Items created in a day",
            "Review items of the last 24 hours.",
            Query(f"sum(increase({_CREATED}[1d]))"),
            unit="short",
        ),
        figure(
            "Items decided in a day",
            "First decisions of the last 24 hours: those that count.",
            Query(f"sum(increase({_DECIDED}[1d]))"),
            unit="short",
        ),
        figure(
            "Growth of the backlog in a day",
            "Items created less items decided in 24 hours. Above 0 for days: open items grow older"
            " and older.",
            Query(f"sum(increase({_CREATED}[1d])) - sum(increase({_DECIDED}[1d]))"),
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


def _waits() -> Sequence[Panel]:
    # Several consoles tell of the same items: the largest figure, and no sum.
    against_due = " or ".join(
        'max by (priority) (feedback_review_oldest_age_seconds{priority="'
        f'{priority.value}"}}) / {hours * 3600:g}'
        for priority, hours in _DUE_HOURS.items()
    )
    return [
        figure(
            "Open items",
            "Review items that wait for a decision, of all priorities.",
            Query("sum(max by (priority) (feedback_review_queue_items))"),
            unit="short",
        ),
        figure(
            "Oldest item against its time",
            "Age of the oldest open item as a share of what the default playbook allows for its"
            f" priority ({_times()}); of the priority that is worst. Above 100 %: overdue.",
            Query(f"max({against_due})"),
            unit="percentunit",
            limits=Limits(warning=0.75, critical=1),
        ),
        figure(
            "Oldest urgent item",
            "It touches law or safety.",
            Query('max(feedback_review_oldest_age_seconds{priority="urgent"})'),
            unit="s",
            limits=Limits(
                warning=_DUE_HOURS[Priority.URGENT] * 2700,
                critical=_DUE_HOURS[Priority.URGENT] * 3600,
            ),
        ),
        figure(
            "Dead letters that wait",
            "Those that nobody has sent back, whosever fault they are.",
            Query("sum(max by (reason) (feedback_dead_letters)) or vector(0)"),
            unit="short",
        ),
        figure(
            "Oldest dead letter of ours",
            "Of judge_failed, output_too_large and publish_refused: mend the fault, then send them"
            " back. 0: there is none.",
            Query(
                f'max(feedback_dead_letter_oldest_age_seconds{{reason=~"{_OURS}"}}) or vector(0)'
            ),
            unit="s",
            limits=Limits(warning=3_600, critical=86_400),
        ),
        figure(
            "Not seen by the console yet",
            "Records that it has still to store: until it has, its figures are of earlier. Nothing:"
            " it is down, or its database is away.",
            Query("max(feedback_console_behind_records)"),
            unit="short",
            limits=Limits(warning=1_000, critical=100_000),
        ),
    ]


def _times() -> str:
    return ", ".join(f"{priority.value} {hours:g} h" for priority, hours in _DUE_HOURS.items())


def _open_items() -> Sequence[Panel]:
    return [
        graph(
            "Open items by priority",
            "By the console. A decision counts once a worker has applied it.",
            Query("max by (priority) (feedback_review_queue_items)", "{{priority}}"),
            unit="short",
            stacked=True,
        ),
        graph(
            "Age of the oldest open item by priority",
            f"Since it was published. The default playbook allows: {_times()}.",
            Query("max by (priority) (feedback_review_oldest_age_seconds)", "{{priority}}"),
            unit="s",
        ),
    ]


def _waiting_dead_letters() -> Sequence[Panel]:
    return [
        graph(
            "Dead letters that wait by fault",
            "Those that nobody has sent back, by the console.",
            Query("max by (reason) (feedback_dead_letters)", "{{reason}}"),
            unit="short",
            stacked=True,
            width=8,
        ),
        graph(
            "Age of the oldest that waits by fault",
            "A publisher's faults grow old here: it mends them by publishing anew, which the"
            " console cannot know.",
            Query("max by (reason) (feedback_dead_letter_oldest_age_seconds)", "{{reason}}"),
            unit="s",
            width=8,
        ),
        graph(
            "Dead letters sent back by fault",
            "All that the console remembers (console.retention_days), and no rate: what is"
            " forgotten is taken off.",
            Query("max by (reason) (feedback_dead_letters_redriven_total)", "{{reason}}"),
            unit="short",
            width=8,
        ),
    ]


def _reviews() -> Sequence[Panel]:
    return [
        graph(
            "Review items a second by category",
            "What the playbook and the guard hand to people.",
            Query(
                f"sum by (category) (rate({_CREATED}[$__rate_interval]))",
                "{{category}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Decisions a second",
            "results: every decision that was answered. first: those that count. late: superseded"
            " by an earlier one. ignored: nobody is answered.",
            Query(f"sum(rate({_RESULTS}[$__rate_interval]))", "results"),
            Query(f"sum(rate({_DECIDED}[$__rate_interval]))", "first"),
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
