"""Lag by group and partition, and how it went over the last hour."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments

from stream_service.console.pages.arguments import given_text
from stream_service.console.pages.charts import TimeChart
from stream_service.console.pages.elements import Tag, set_attributes
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.lag_groups import GroupFigures, group_figures, series
from stream_service.console.pages.views.lag_partitions import PartitionTable
from stream_service.console.pages.views.lag_table import status_chip
from stream_service.observe.lag.snapshot import Snapshot

_TICK_S = 1.0
"""From memory; nothing is put on the page again that is the same."""

_OLD_S = 60.0
"""Figures that are older are no longer of now: the cluster does not answer."""

_STATES = {
    "Stable": ("state_stable", "good"),
    "Empty": ("state_empty", "bad"),
    "Dead": ("state_dead", "bad"),
    "PreparingRebalance": ("state_rebalancing", "warn"),
    "CompletingRebalance": ("state_rebalancing", "warn"),
}
"""Kafka's names of a group's states, as words and looks."""


@dataclass
class _Wanted:
    group: str | None = None
    only_trouble: bool = False


async def build(page: ConsolePage) -> None:
    """Fill the page."""
    texts = page.texts.lag
    stack = ExitStack()
    stack.enter_context(page.services.lag.closely())
    ui.context.client.on_delete(stack.close)  # pyright: ignore[reportUnknownMemberType]
    Tag("h1", texts.title)
    Tag("p", texts.lead, classes="lead")
    view = _Lag(page)
    view.show()
    ui.timer(_TICK_S, view.show, immediate=False)


class _Lag:
    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        self._wanted = _Wanted()
        self._shown: Snapshot | None = None
        self._groups_shown: Sequence[GroupFigures] | None = None
        texts = page.texts.lag
        self._empty = Tag("p", texts.unknown, classes="empty", role="status")
        with Tag("div", classes="lag-parts") as self._parts:
            self._groups = Tag("ul", classes="tiles lag-groups", aria_label=texts.groups)
            with Tag("section", classes="panel"):
                Tag("h2", texts.history)
                Tag("p", texts.history_lead, classes="muted small")
                self._chart = TimeChart(texts.history, kind="line", unit=texts.records)
            with Tag("section", classes="panel"):
                Tag("h2", texts.partitions)
                with Tag("div", classes="toolbar"):
                    self._choice = self._group_choice()
                    self._trouble_choice()
                self._table = PartitionTable(page)
        self._parts.set_visibility(False)

    def _group_choice(self) -> Tag:
        texts = self._page.texts.lag
        with Tag("label", classes="field"):
            Tag("span", texts.filter_group)
            choice = Tag("select")
        choice.on("change", self._choose, js_handler="(event) => emit(event.target.value)")
        return choice

    def _trouble_choice(self) -> None:
        with Tag("label", classes="check"):
            box = Tag("input", type="checkbox")
            Tag("span", self._page.texts.lag.only_trouble)
        box.on("change", self._limit, js_handler="(event) => emit(event.target.checked)")

    def _choose(self, event: GenericEventArguments) -> None:
        self._wanted.group = given_text(event) or None
        self._show_again()

    def _limit(self, event: GenericEventArguments) -> None:
        self._wanted.only_trouble = event.args is True
        self._show_again()

    def _show_again(self) -> None:
        self._shown = None
        self.show()

    def show(self) -> None:
        """Show the last round."""
        snapshot = self._page.services.lag.latest
        self._tell_age(snapshot)
        if snapshot is None or snapshot is self._shown:
            return
        self._shown = snapshot
        texts = self._page.texts.lag
        has_groups = bool(snapshot.groups)
        self._parts.set_visibility(has_groups)
        self._empty.set_visibility(not has_groups)
        self._empty.text = texts.none
        if snapshot.failures:
            parts = ", ".join(sorted(snapshot.failures))
            self._page.notices.show("lag", texts.failed.format(parts=parts))
        else:
            self._page.notices.clear("lag")
        self._show_groups(group_figures(snapshot))
        wanted = [
            one
            for one in snapshot.partitions
            if self._wanted.group is None or one.group == self._wanted.group
        ]
        self._table.show(wanted, only_trouble=self._wanted.only_trouble)
        self._show_history()

    def _tell_age(self, snapshot: Snapshot | None) -> None:
        age_s = 0.0 if snapshot is None else time.time() - snapshot.taken_at
        if age_s < _OLD_S:
            self._page.notices.clear("old")
            return
        age = self._page.formatter.duration(age_s)
        self._page.notices.show("old", self._page.texts.lag.old.format(age=age))

    def _show_groups(self, groups: Sequence[GroupFigures]) -> None:
        if groups == self._groups_shown:
            return
        if [one.name for one in groups] != [one.name for one in self._groups_shown or ()]:
            self._fill_choice([one.name for one in groups])
        self._groups_shown = groups
        self._groups.clear()
        with self._groups:
            for one in groups:
                self._group(one)

    def _fill_choice(self, names: Sequence[str]) -> None:
        if self._wanted.group not in names:
            self._wanted.group = None
        self._choice.clear()
        with self._choice:
            Tag("option", self._page.texts.lag.all_groups, value="")
            for name in names:
                option = Tag("option", name, value=name)
                if name == self._wanted.group:
                    set_attributes(option, selected=True)

    def _group(self, one: GroupFigures) -> None:
        texts, written = self._page.texts.lag, self._page.formatter
        name, look = _STATES.get(one.state, ("state_unknown", ""))
        with Tag("li", classes="panel tile"):
            Tag("h2", one.name, classes="group-name")
            with Tag("p", classes="meta"):
                Tag("span", getattr(texts, name), classes=f"chip {look}")
                if one.worst is not None:
                    status_chip(self._page, one.worst)
            Tag("p", written.number(one.waiting), classes="figure")
            members = texts.members.format(count=one.members) if one.members else texts.no_members
            Tag("p", f"{texts.records} · {members}", classes="muted small")
            if one.age_s:
                Tag("p", f"{texts.age}: {written.duration(one.age_s)}", classes="muted small")

    def _show_history(self) -> None:
        shown = series(self._page.services.lag.history, self._wanted.group)
        summary = ", ".join(
            f"{name}: {self._page.formatter.number(points[-1][1])}"
            for name, points in shown.items()
        )
        self._chart.show(shown, summary)
