"""Lag by partition: the partitions that need somebody, first."""

from collections.abc import Sequence

from nicegui import ui

from stream_service.console.pages.elements import Tag
from stream_service.console.pages.page import ConsolePage
from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot

_URGENCY = {
    PartitionStatus.STOP: 0,
    PartitionStatus.STALL: 1,
    PartitionStatus.REWIND: 2,
    PartitionStatus.WARN: 3,
}

_LOOKS = {PartitionStatus.OK: "good", PartitionStatus.WARN: "warn"}
"""Of a chip; whatever else there is needs somebody."""


def status_chip(page: ConsolePage, status: PartitionStatus | None) -> Tag:
    """A status as a word in its colour; None while it cannot be told yet."""
    if status is None:
        return Tag("span", "–", classes="chip")
    return Tag("span", page.texts.word(status.value), classes=f"chip {_LOOKS.get(status, 'bad')}")


def by_urgency(partitions: Sequence[PartitionLag]) -> Sequence[PartitionLag]:
    """The worst status first, and of one status the largest lag."""
    return sorted(
        partitions,
        key=lambda one: (
            len(_URGENCY) if one.status is None else _URGENCY.get(one.status, len(_URGENCY)),
            -(one.unprocessed or 0),
        ),
    )


class LagTable:
    """Some partitions of a snapshot."""

    def __init__(self, page: ConsolePage, *, most: int) -> None:
        self._page = page
        self._most = most
        self._place = Tag("div", classes="scroll", tabindex=0, role="region")
        self._place.props["aria-label"] = page.texts.overview.lag
        self._shown: object = object()

    def show(self, snapshot: Snapshot | None) -> None:
        """Show it, if it is another than before."""
        if snapshot is self._shown:
            return
        self._shown = snapshot
        texts = self._page.texts.overview
        self._place.clear()
        with self._place:
            if snapshot is None or not snapshot.partitions:
                text = texts.lag_unknown if snapshot is None else texts.lag_none
                Tag("p", text, classes="empty")
                return
            partitions = by_urgency(snapshot.partitions)
            with Tag("table", classes="grid"):
                self._head()
                with Tag("tbody"):
                    for partition in partitions[: self._most]:
                        self._row(partition)
            if len(partitions) > self._most:
                more = texts.other_partitions.format(count=len(partitions) - self._most)
                Tag("p", more, classes="muted")

    def _head(self) -> None:
        texts = self._page.texts.overview
        with Tag("thead"), Tag("tr"):
            for name in (texts.status, texts.topic, texts.partition, texts.behind, texts.age):
                is_number = name in {texts.partition, texts.behind, texts.age}
                Tag("th", name, classes="number" if is_number else "", scope="col")
            Tag("th", texts.group, scope="col")

    def _row(self, one: PartitionLag) -> ui.element:
        written = self._page.formatter
        with Tag("tr") as row:
            with Tag("td"):
                status_chip(self._page, one.status)
            Tag("td", one.partition.topic)
            Tag("td", str(one.partition.number), classes="number")
            Tag("td", written.number(one.unprocessed), classes="number")
            Tag("td", written.duration(one.lag_s), classes="number")
            Tag("td", one.group)
        return row
