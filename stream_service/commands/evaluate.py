"""``stream-service evaluate``: how well judgements agree with labels that people gave."""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stream_service.assembly import graph_judge
from stream_service.commands.display.plain_text import one_line
from stream_service.commands.evaluation.gold import GoldFile, read_gold
from stream_service.commands.evaluation.measuring import judge_rows, sample
from stream_service.commands.evaluation.metrics import Judged
from stream_service.commands.evaluation.page import page
from stream_service.commands.evaluation.result import Result, as_json
from stream_service.commands.evaluation.tables import renderables
from stream_service.commands.process.failures import CommandFailed
from stream_service.commands.process.running import run
from stream_service.settings import Settings


def evaluate(
    settings: Settings,
    paths: Sequence[Path],
    *,
    rows: int | None,
    at_once: int,
    written_as_json: bool,
    picture: Path | None,
) -> None:
    """Judge labelled files and print how often that was right; ``picture`` gets an HTML page.

    Raises CommandFailed for files that cannot be read so, before anything is judged, and for a
    picture that cannot be written, after all is told.
    """
    if picture is not None and not os.access(picture.parent, os.W_OK):
        raise CommandFailed(f"--picture {picture}: its folder cannot be written to")
    golds = [read_gold(path) for path in paths]
    names = [gold.name for gold in golds]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CommandFailed(f"--data: two files are called {twice}; rename one of them")
    result = run(_judged(settings, golds, rows, at_once))
    if written_as_json:
        sys.stdout.write(json.dumps(as_json(result), ensure_ascii=False) + "\n")
    else:
        console = Console()
        for part in renderables(result):
            console.print(part)
    if picture is not None:
        # Last of all: whoever has paid a language model for it has the result by now.
        try:
            picture.write_text(page(result), "utf-8")
        except OSError as error:
            raise CommandFailed(f"--picture {picture}: {error.strerror}") from None


async def _judged(
    settings: Settings, golds: Sequence[GoldFile], rows: int | None, at_once: int
) -> Result:
    judged: dict[str, Sequence[Judged]] = {}
    chosen = [sample(gold, rows) for gold in golds]
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    async with graph_judge(settings) as judge:
        # The models of a judge are loaded before the clock starts; connections are not.
        started = time.perf_counter()
        with bar:
            task = bar.add_task("", total=sum(map(len, chosen)))
            for gold, some in zip(golds, chosen, strict=True):
                bar.update(task, description=one_line(gold.name))
                judged[gold.name] = await judge_rows(
                    judge, gold.name, some, at_once=at_once, done=lambda: bar.advance(task)
                )
        return Result(
            files=judged,
            left_out={gold.name: gold.left_out for gold in golds},
            seconds=time.perf_counter() - started,
        )
