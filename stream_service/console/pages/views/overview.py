"""The overview: what came in, what became of it, and what waits for somebody."""

from nicegui import ui

from stream_service.console.pages.charts import ShareChart, TimeChart
from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.figures import OUTCOMES, OverviewFigures, overview_figures
from stream_service.console.pages.views.lag_table import LagTable
from stream_service.console.pages.views.tiles import Tile

_REFRESH_S = 5.0
"""Of the figures: one reading for all who look."""

_LAG_REFRESH_S = 2.0
"""From memory."""

_PARTITIONS = 8
"""The worst; the lag page has all."""


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    texts = page.texts.overview
    Tag("h1", texts.title)
    Tag("p", texts.lead, classes="lead")
    tiles = _Tiles(page)
    with Tag("div", classes="panels"):
        charts = _Charts(page)
        model = _Model(page)
        with panel(texts.lag, "wide"):
            lag = LagTable(page, most=_PARTITIONS)
            if page.has("/lag"):
                Tag("a", texts.see_lag, href="/lag")
    reading = page.readings.reading(
        "overview", lambda: overview_figures(page.services.database), holds_s=_REFRESH_S - 1
    )

    def show(figures: OverviewFigures) -> None:
        tiles.show(figures)
        charts.show(figures)
        model.show(figures)

    await page.every(_REFRESH_S, reading.get, show)
    lag.show(page.services.lag.latest)
    ui.timer(_LAG_REFRESH_S, lambda: lag.show(page.services.lag.latest), immediate=False)


def panel(title: str, classes: str = "") -> Tag:
    """A titled part of a page, to be filled."""
    with Tag("section", classes=f"panel {classes}") as section:
        Tag("h2", title)
    return section


class _Tiles:
    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        texts = page.texts.overview
        with Tag("div", classes="tiles"):
            self._received = Tile(texts.received, texts.last_hour)
            self._replied = Tile(texts.replied, texts.last_hour)
            self._latency = Tile(texts.latency, texts.latency_hint)
            self._reviews = Tile(texts.reviews, link=_link(page, "/reviews", texts.see_reviews))
            self._letters = Tile(
                texts.dead_letters, link=_link(page, "/dead-letters", texts.see_dead_letters)
            )

    def show(self, figures: OverviewFigures) -> None:
        texts, written = self._page.texts.overview, self._page.formatter
        received, replied = figures.count("received"), figures.count("replied")
        self._received.show(written.number(received))
        share = written.share(replied, figures.judged)
        self._replied.show(written.number(replied), f"{share} · {texts.last_hour}")
        self._latency.show(written.duration(figures.mean_reply_s))
        urgent = texts.reviews_hint.format(count=written.number(figures.urgent_reviews))
        self._reviews.show(
            written.number(figures.reviews.count),
            urgent if figures.reviews.count else texts.no_reviews,
            look="warn" if figures.urgent_reviews else "",
        )
        letters = figures.dead_letters
        self._letters.show(
            written.number(letters.count),
            texts.no_dead_letters
            if letters.oldest_ms is None
            else texts.oldest.format(age=written.age(letters.oldest_ms)),
            look="bad" if letters.count else "",
        )


def _link(page: ConsolePage, path: str, text: str) -> tuple[str, str] | None:
    return (path, text) if page.has(path) else None


class _Charts:
    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        texts = page.texts.overview
        with panel(texts.throughput, "wide"):
            self._throughput = TimeChart(
                texts.throughput, kind="bar", unit=texts.per_minute, stacked=True
            )
            self._no_throughput = Tag("p", texts.throughput_none, classes="empty")
        with panel(texts.categories):
            self._categories = ShareChart(texts.categories)
            self._no_categories = Tag("p", texts.categories_none, classes="empty")
        with panel(texts.latency_chart):
            self._latency = TimeChart(
                texts.latency_chart, kind="line", unit=texts.seconds, has_legend=False
            )
            self._no_latency = Tag("p", texts.latency_none, classes="empty")

    def show(self, figures: OverviewFigures) -> None:
        texts, word = self._page.texts.overview, self._page.texts.word
        self._throughput.show(
            {word(outcome): figures.per_minute(outcome) for outcome in OUTCOMES},
            ", ".join(f"{word(outcome)} {figures.count(outcome)}" for outcome in OUTCOMES)
            + f" ({texts.last_hour})",
        )
        outcomes = sum(figures.count(outcome) for outcome in OUTCOMES)
        self._no_throughput.set_visibility(not outcomes)
        self._throughput.set_visibility(bool(outcomes))
        self._categories.show(
            {word(category): count for category, count in figures.categories().items()}
        )
        self._latency.show(
            {texts.latency_chart: figures.latencies()},
            self._page.formatter.duration(figures.mean_reply_s),
        )
        for chart, none in (
            (self._categories, self._no_categories),
            (self._latency, self._no_latency),
        ):
            chart.set_visibility(bool(figures.judged))
            none.set_visibility(not figures.judged)


class _Model:
    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        texts = page.texts.overview
        with panel(texts.model):
            self._state = Tag("p", texts.model_unknown, classes="state")
            with Tag("dl", classes="facts"):
                Tag("dt", texts.model_name)
                self._name = Tag("dd", "–")
                Tag("dt", texts.model_cost)
                self._cost = Tag("dd", "–")
                Tag("dt", texts.model_last)
                self._last = Tag("dd")
        self._at_ms: int | None = None

    def show(self, figures: OverviewFigures) -> None:
        texts, written = self._page.texts.overview, self._page.formatter
        last = figures.last_judgement
        self._cost.text = written.money_usd(figures.cost_usd)
        if last is None:
            return
        self._name.text = last.model
        look = "good"
        if figures.degraded:
            look = "bad" if last.degraded_reason else "warn"
            text = texts.model_degraded.format(
                count=written.number(figures.degraded), total=written.number(figures.judged)
            )
            if last.degraded_reason:
                text += f" · {self._page.texts.word(last.degraded_reason)}"
        elif last.analyst == "llm":
            text = texts.model_answers
        else:
            look, text = "", texts.model_local
        self._state.text = text
        self._state.classes(replace=f"state {look}")
        if last.at_ms != self._at_ms:
            self._at_ms = last.at_ms
            self._last.clear()
            with self._last:
                self._page.time(last.at_ms, "ago")
