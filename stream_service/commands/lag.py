"""``stream-service lag``: how far consumer groups are behind, once or live."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from math import ceil

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from stream_service.commands.display.lag_document import lag_document
from stream_service.commands.display.lag_table import lag_table
from stream_service.commands.display.plain_text import one_line
from stream_service.commands.lag_options import lag_options_of
from stream_service.commands.lag_thresholds import (
    Judgement,
    ThresholdInvalid,
    Thresholds,
    judge,
)
from stream_service.commands.process.descriptors import write_all
from stream_service.commands.process.running import run
from stream_service.commands.process.stoppable import until_stopped
from stream_service.observe.lag.monitor import LagMonitor, LagOptions
from stream_service.observe.lag.snapshot import Snapshot
from stream_service.settings import Settings
from stream_service.settings.groups import LagSettings
from stream_service.transport_settings import connection_of

EXIT_FAILED, EXIT_OVER, EXIT_UNKNOWN, EXIT_INTERRUPTED = 1, 3, 4, 130

_MOST_LOOKS = 10
"""While it observes before it tells: enough for a pace, and little for the brokers."""

_WIDE = 1_000
"""Where nobody's screen is the bound, no name is cut."""

Tell = Callable[[Snapshot, Judgement | None], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LagView:
    """How it is shown."""

    watch: bool = False
    interval_s: float = 2.0
    """From one look to the next, while watching."""
    observe_s: float = 2.0
    """Looked at for so long before it is told, when not watching."""
    as_json: bool = False
    fail_over: Sequence[str] = ()
    ignore_unknown: bool = False
    of_topics: bool = False
    """Groups that have nothing to do with the topics that were asked for are left out."""


def show_lag(settings: Settings, view: LagView) -> int:
    """Show it; returns the exit code.

    0; 1 where no group was found, with thresholds 4; 3 where one is over, and 4 where none is, but
    not all could be read. Watching ends with Ctrl-C, or once a threshold is over. Raises
    BrokerUnreachable, and typer's BadParameter for a threshold.
    """
    try:
        thresholds = Thresholds.parse(view.fail_over)
    except ThresholdInvalid as error:
        raise typer.BadParameter(str(error), param_hint="--fail-over") from None
    code = run(until_stopped(_show(settings, view, thresholds)))
    if code is None:
        return 0 if view.watch else EXIT_INTERRUPTED
    return code


def _window_s(lag: LagSettings) -> float:
    """How long it takes until the exporter knows each status."""
    return (lag.window_rounds - 1) * lag.interval_s


async def _show(settings: Settings, view: LagView, thresholds: Thresholds) -> int:
    looks = 1 if view.watch else min(_MOST_LOOKS, 1 + ceil(view.observe_s))
    pause_s = view.interval_s if view.watch else view.observe_s / max(1, looks - 1)
    options = _options(settings, pause_s)
    async with (
        LagMonitor(connection_of(settings), options) as monitor,
        _told(settings, view) as tell,
    ):
        snapshot = await monitor.collect()
        for _ in range(looks - 1):
            await asyncio.sleep(pause_s)
            snapshot = await _next_look(monitor)
        while True:
            if view.of_topics:
                snapshot = _of_topics(snapshot)
            judgement = judge(snapshot, thresholds) if thresholds.are_given else None
            await tell(snapshot, judgement)
            if not view.watch or (judgement is not None and judgement.over):
                return _exit_code(settings.lag, snapshot, judgement, view)
            await asyncio.sleep(pause_s)
            snapshot = await _next_look(monitor)


def _options(settings: Settings, pause_s: float) -> LagOptions:
    """The settings' own, with the status judged over the same time however often one looks."""
    lag, options = settings.lag, lag_options_of(settings)
    if pause_s <= 0:
        return options
    return replace(options, window_rounds=max(2, 1 + ceil(_window_s(lag) / pause_s)))


async def _next_look(monitor: LagMonitor) -> Snapshot:
    done = await monitor.next_round()
    if done.failure is None:
        return done.snapshot
    return replace(done.snapshot, failures={"cluster": str(done.failure)})


def _of_topics(snapshot: Snapshot) -> Snapshot:
    names = {figures.group for figures in snapshot.partitions}
    return replace(snapshot, groups=tuple(one for one in snapshot.groups if one.name in names))


def _exit_code(
    lag: LagSettings, snapshot: Snapshot, judgement: Judgement | None, view: LagView
) -> int:
    if not snapshot.groups:
        unread = "; what could not be read is named above" if snapshot.failures else ""
        topics = f" with topics {lag.topics}" if view.of_topics else ""
        _warn(f"error: no consumer group matches {lag.groups}{topics}{unread}")
        # Whatever else may be unknown: this is a name that is misspelt.
        return EXIT_FAILED if judgement is None else EXIT_UNKNOWN
    if judgement is None:
        return 0
    for line in judgement.over:
        _warn(f"over: {line}")
    if judgement.over:
        return EXIT_OVER
    if judgement.unknown and not view.ignore_unknown:
        for line in judgement.unknown:
            _warn(f"unknown: {line}")
        return EXIT_UNKNOWN
    return 0


@asynccontextmanager
async def _told(settings: Settings, view: LagView) -> AsyncGenerator[Tell]:
    """Where it is told: live on a terminal, else on standard output, one after the other."""
    status_after_s = _window_s(settings.lag)
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)

    def notes(snapshot: Snapshot) -> Iterator[str]:
        yield from _unreadable(snapshot)
        if view.watch and not snapshot.groups:
            yield f"no consumer group matches {settings.lag.groups} yet"

    async def as_json(snapshot: Snapshot, judgement: Judgement | None) -> None:
        await write_all(sys.stdout.fileno(), lag_document(snapshot, judgement))

    async def as_table(snapshot: Snapshot, judgement: Judgement | None) -> None:
        with console.capture() as captured:
            console.print(lag_table(snapshot, status_after_s=status_after_s))
        await write_all(sys.stdout.fileno(), captured.get().encode())
        for line in notes(snapshot):
            _warn(line)

    if view.as_json:
        yield as_json
    elif not view.watch or not console.is_terminal:
        yield as_table
    else:
        with Live(console=console, auto_refresh=False, screen=True) as live:

            async def as_screen(snapshot: Snapshot, judgement: Judgement | None) -> None:
                lines = [*map(Text, notes(snapshot))]
                room = console.height - len(lines) - 1
                table = lag_table(snapshot, status_after_s=status_after_s, screen_lines=room)
                live.update(Group(table, *lines), refresh=True)

            yield as_screen


def _unreadable(snapshot: Snapshot) -> Iterator[str]:
    for name, reason in snapshot.failures.items():
        yield one_line(f"unreadable: {name}: {reason}")


def _warn(line: str) -> None:
    sys.stderr.write(f"{one_line(line)}\n")
    sys.stderr.flush()
