"""What became of the rows that are being published, told while it happens and at the end."""

from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from stream_service.commands.display.plain_text import one_line
from stream_service.streaming.publishing.record_batches import Delivery

_LINES_TOLD_AT_ONCE = 1_000
"""How many failed rows are gathered before they are told: a lost broker fails all in flight."""


class PublishReport:
    """Counts rows, tells what is wrong with some on standard error, and draws the bar there.

    ``total_bytes`` is None where the end is not known. A context manager, for the bar.
    """

    def __init__(self, topic: str, *, total_bytes: int | None, with_bar: bool) -> None:
        self.acknowledged = 0
        self.refused = 0
        self.unacknowledged = 0
        self.last_line: int | None = None
        """Where the last row begins that was handed over or refused."""
        self._topic = topic
        self._failed_lines: dict[str, list[int]] = {}
        self._console = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
        self._bar = _bar(self._console, total_bytes, with_bar and self._console.is_terminal)
        self._task = self._bar.add_task("", total=total_bytes, rows=0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._tell_failures()
        self._bar.stop()

    @property
    def is_clean(self) -> bool:
        """Whether every row so far was fit and acknowledged."""
        return not self.refused and not self.unacknowledged

    def has_read(self, count_bytes: int) -> None:
        """Move the bar on."""
        rows = self.acknowledged + self.refused + self.unacknowledged
        self._bar.update(self._task, advance=count_bytes, rows=rows)

    def refuse(self, line: int, problem: str) -> None:
        """A row will not be published."""
        self.refused += 1
        self.last_line = line
        self._tell(f"line {line}: {problem}")

    def follow(self, line: int, delivery: Delivery) -> None:
        """Count a row that is under way once its delivery is done."""
        self.last_line = line
        delivery.add_done_callback(partial(self._settled, line))

    def fail(self, line: int, reason: str) -> None:
        """A row may not have arrived."""
        self.unacknowledged += 1
        self._failed_lines.setdefault(reason, []).append(line)
        if sum(map(len, self._failed_lines.values())) >= _LINES_TOLD_AT_ONCE:
            self._tell_failures()

    def summary(self) -> str:
        """One line for the end."""
        events = "event" if self.acknowledged == 1 else "events"
        unacknowledged = f", {self.unacknowledged} not acknowledged" if self.unacknowledged else ""
        return (
            f"published {self.acknowledged} {events} to {self._topic} "
            f"({self.refused} refused{unacknowledged})"
        )

    def _settled(self, line: int, delivery: Delivery) -> None:
        if delivery.cancelled():
            self.fail(line, "no answer in time")
        elif error := delivery.exception():
            self.fail(line, type(error).__name__)
        else:
            self.acknowledged += 1

    def _tell_failures(self) -> None:
        for reason, lines in self._failed_lines.items():
            self._tell(f"{_ranges(sorted(lines))}: not acknowledged: {reason}")
        self._failed_lines.clear()

    def _tell(self, message: str) -> None:
        self._console.print(one_line(message))


def _bar(console: Console, total_bytes: int | None, is_shown: bool) -> Progress:
    rows = TextColumn("{task.fields[rows]} rows")
    columns = (
        (SpinnerColumn(), rows)
        if total_bytes is None
        else (BarColumn(), DownloadColumn(), rows, TimeRemainingColumn())
    )
    return Progress(*columns, console=console, transient=True, disable=not is_shown)


def _ranges(lines: Sequence[int]) -> str:
    """Ascending numbers as ``line 7`` or ``lines 3, 7-9``."""
    spans: list[tuple[int, int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], line)
        else:
            spans.append((line, line))
    told = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
    return f"{'line' if len(lines) == 1 else 'lines'} {told}"
