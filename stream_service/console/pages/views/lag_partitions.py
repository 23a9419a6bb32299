"""The partitions of the lag page, with who reads them and since when nothing moved."""

import math
import time
from collections.abc import Sequence

from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.console.pages.views.lag_table import by_urgency, status_chip
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.snapshot import PartitionLag

_MOST = 200
"""Rows: whoever has more chooses a group."""

_QUIET_S = 5.0
"""Records wait and nothing was committed for so long: told before the rules, which look back over
minutes, can say more. A worker commits ten times a second while it gets on."""

_FINE = frozenset({PartitionStatus.OK, None})


class PartitionTable:
    """Some partitions."""

    def __init__(self, page: ConsolePage) -> None:
        self._page = page
        self._place = Tag(
            "div",
            classes="scroll",
            tabindex=0,
            role="region",
            aria_label=page.texts.lag.partitions,
        )

    def show(self, partitions: Sequence[PartitionLag], *, only_trouble: bool) -> None:
        """Show these, the ones that need somebody first."""
        now = time.time()
        shown = [
            one
            for one in by_urgency(partitions)
            if not only_trouble or one.status not in _FINE or self._quiet_s(one, now) is not None
        ]
        texts = self._page.texts.lag
        self._place.clear()
        with self._place:
            if not shown:
                Tag("p", texts.no_trouble, classes="empty")
                return
            with Tag("table", classes="grid"):
                self._head()
                with Tag("tbody"):
                    for one in shown[:_MOST]:
                        self._row(one, now)
            if len(shown) > _MOST:
                Tag("p", texts.more.format(count=len(shown) - _MOST), classes="muted")

    def _head(self) -> None:
        texts = self._page.texts.lag
        with Tag("thead"), Tag("tr"):
            for name in (texts.status, texts.topic):
                Tag("th", name, scope="col")
            for name in (
                texts.partition,
                texts.behind,
                texts.age,
                texts.progress,
                texts.drain,
                texts.lost,
            ):
                Tag("th", name, classes="number", scope="col")
            for name in (texts.group, texts.owner):
                Tag("th", name, scope="col")

    def _row(self, one: PartitionLag, now: float) -> None:
        texts, written = self._page.texts.lag, self._page.formatter
        quiet_s = self._quiet_s(one, now)
        with Tag("tr"):
            with Tag("td", classes="chips"):
                if quiet_s is None or one.status is not None:
                    status_chip(self._page, one.status)
                if quiet_s is not None:
                    span = written.duration(quiet_s)
                    Tag("span", texts.quiet.format(span=span), classes="chip warn")
            Tag("td", one.partition.topic)
            Tag("td", str(one.partition.number), classes="number")
            Tag("td", written.number(one.unprocessed), classes="number")
            Tag("td", written.duration(one.lag_s), classes="number")
            since = None if one.last_commit_at is None else max(0.0, now - one.last_commit_at)
            Tag("td", written.duration(since), classes="number")
            Tag("td", self._drain(one), classes="number")
            Tag("td", written.number(one.lost), classes="number")
            Tag("td", one.group)
            owner = texts.nobody if one.owner is None else f"{one.owner.client_id} {one.owner.host}"
            Tag("td", owner, classes="owner")

    def _drain(self, one: PartitionLag) -> str:
        if one.drain_s is not None and math.isinf(one.drain_s):
            return self._page.texts.lag.never
        return self._page.formatter.duration(one.drain_s)

    @staticmethod
    def _quiet_s(one: PartitionLag, now: float) -> float | None:
        """For how long nothing moved although records wait; None where it moves."""
        if not one.unprocessed or one.unchanged_since is None:
            return None
        # Who was up to date until a record came has rested for good reason.
        waited_s = math.inf if one.lag_s is None else one.lag_s
        quiet_s = min(now - one.unchanged_since, waited_s)
        return quiet_s if quiet_s >= _QUIET_S else None
