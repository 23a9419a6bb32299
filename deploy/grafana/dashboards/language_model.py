"""Does the language model answer, how fast, and what does it cost?"""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana.dashboards import selection
from deploy.grafana.dashboards.limits import GREEN, RED, Limits, Named
from deploy.grafana.dashboards.page import Panel, Row, page
from deploy.grafana.dashboards.panels import figure, graph
from deploy.grafana.dashboards.queries import Query, quantile
from deploy.grafana.dashboards.selectors import OF_WORKER

_RATE = f"{{{OF_WORKER}}}[$__rate_interval]"
_JUDGED = f'{{{OF_WORKER},outcome=~"replied|review"}}'


def dashboard() -> Dashboard:
    """Empty where no language model is attached."""
    return page(
        "stream-service-language-model",
        "language model and cost",
        "Does the language model answer, how fast, and what does it cost? Empty where none is"
        " attached.",
        [selection.data_source(), selection.group(), selection.instance()],
        [
            Row("Now", _now()),
            Row("Money and tokens", _cost()),
            Row("Calls", _calls()),
            Row("Without the model", _without()),
        ],
    )


def _now() -> Sequence[Panel]:
    degraded = f"sum(rate(feedback_degraded_events_total{_RATE}))"
    judged = f"sum(rate(feedback_events_total{_JUDGED}[$__rate_interval]))"
    return [
        figure(
            "Breaker",
            "open: the endpoint is away in at least one worker, nothing is asked but probes.",
            Query(f'max(feedback_llm_breaker_state{{{OF_WORKER},state="open"}})'),
            unit="none",
            limits=Limits(critical=1),
            names=[Named(0, "closed", GREEN), Named(1, "open", RED)],
        ),
        figure(
            "Dollars an hour",
            "By the price table, at the present pace; answers of unknown cost are not in it.",
            Query(f"sum(rate(feedback_llm_cost_usd_total{_RATE})) * 3600"),
            unit="currencyUSD",
        ),
        figure(
            "Dollars in a day",
            "Of the last 24 hours. llm.daily_budget_usd counts by UTC days and for each worker.",
            Query(f"sum(increase(feedback_llm_cost_usd_total{{{OF_WORKER}}}[1d]))"),
            unit="currencyUSD",
        ),
        figure(
            "Dollars a 1,000 events",
            "Cost over replies and review items; the cache makes it fall, repairs make it rise.",
            Query(f"1000 * sum(rate(feedback_llm_cost_usd_total{_RATE})) / {judged}"),
            unit="currencyUSD",
        ),
        figure(
            "Judged without the model",
            "Share of the events that the local analyst judged because the model could not be had.",
            Query(f"{degraded} / {judged}"),
            unit="percentunit",
            limits=Limits(warning=0.05, critical=0.5),
        ),
        figure(
            "Found in the cache",
            "Share of the questions that were not asked because an equal text had been.",
            Query(
                "sum(rate(feedback_llm_cache_requests_total"
                f'{{{OF_WORKER},result="hit"}}[$__rate_interval]))'
                f" / sum(rate(feedback_llm_cache_requests_total{_RATE}))"
            ),
            unit="percentunit",
        ),
    ]


def _cost() -> Sequence[Panel]:
    tokens = "gen_ai_client_token_usage"
    return [
        graph(
            "Dollars an hour by model",
            "At the present pace.",
            Query(f"sum by (model) (rate(feedback_llm_cost_usd_total{_RATE})) * 3600", "{{model}}"),
            unit="currencyUSD",
        ),
        graph(
            "Answers of unknown cost or usage, a second",
            "Cost: the model has no price, or no usage was told. Above 0 the figures of cost are"
            " too low, by nobody knows how much.",
            Query(
                f"sum by (model) (rate(feedback_llm_unknown_cost_total{_RATE}))", "cost {{model}}"
            ),
            Query(
                f"sum by (gen_ai_token_type) (rate(feedback_llm_unknown_usage_total{_RATE}))",
                "{{gen_ai_token_type}} tokens",
            ),
            unit="cps",
        ),
        graph(
            "Tokens a second",
            "As far as the endpoint tells them.",
            Query(
                f"sum by (gen_ai_token_type) (rate({tokens}_sum{_RATE}))", "{{gen_ai_token_type}}"
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Tokens a call",
            "95 of 100 calls have fewer, to the bounds of the buckets, which are powers of 4.",
            Query(
                quantile(0.95, tokens, "gen_ai_token_type"),
                "{{gen_ai_token_type}} p95",
            ),
            Query(
                f"sum by (gen_ai_token_type) (rate({tokens}_sum{_RATE}))"
                f" / sum by (gen_ai_token_type) (rate({tokens}_count{_RATE}))",
                "{{gen_ai_token_type}} mean",
            ),
            unit="short",
        ),
    ]


def _calls() -> Sequence[Panel]:
    calls = "gen_ai_client_operation_duration_seconds"
    return [
        graph(
            "Calls a second",
            "By what went wrong; without a name: answered.",
            Query(
                f"sum by (gen_ai_request_model, error_type) (rate({calls}_count{_RATE}))",
                "{{gen_ai_request_model}} {{error_type}}",
            ),
            unit="cps",
            stacked=True,
        ),
        graph(
            "How long calls take",
            "Answered or not. The line is llm.call_timeout_s' default.",
            *(
                Query(quantile(share, calls), name)
                for share, name in ((0.5, "median"), (0.95, "p95"), (0.99, "p99"))
            ),
            unit="s",
            limits=Limits(critical=30),
        ),
        graph(
            "Calls made again, a second",
            "By what had gone wrong. rate_limited for long: the endpoint's quota is the limit.",
            Query(
                f"sum by (error_type) (rate(feedback_llm_retries_total{_RATE}))", "{{error_type}}"
            ),
            unit="cps",
        ),
        graph(
            "Calls that may run at once",
            "What each worker has found the endpoint to stand; it falls when many are refused.",
            Query(
                f"sum by (instance) (feedback_llm_concurrency_limit{{{OF_WORKER}}})",
                "{{instance}}",
            ),
            unit="none",
        ),
    ]


def _without() -> Sequence[Panel]:
    return [
        graph(
            "Judged without the model, a second",
            "By why. budget and quota end when somebody pays, or at midnight UTC.",
            Query(f"sum by (reason) (rate(feedback_degraded_events_total{_RATE}))", "{{reason}}"),
            unit="cps",
            stacked=True,
        ),
        graph(
            "Questions to the cache, a second",
            "Each hit is a call saved.",
            Query(
                f"sum by (result) (rate(feedback_llm_cache_requests_total{_RATE}))", "{{result}}"
            ),
            unit="cps",
            stacked=True,
        ),
    ]
