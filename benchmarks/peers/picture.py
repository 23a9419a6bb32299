"""The figures as a picture: a row of bars for each figure, a column for each situation."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.catalogue import CONTENDERS
from benchmarks.peers.leading import Results
from benchmarks.peers.situations import SITUATIONS, Figures

OURS_COLOUR, PEER_COLOUR = "#0f766e", "#94a3b8"
_PANEL_IN = (2.5, 2.0)

PANELS: Mapping[str, tuple[Callable[[Figures], float], bool]] = {
    "events a second": (lambda figures: figures.events_per_s, False),
    "CPU ms an event": (lambda figures: figures.cpu_ms_per_event, False),
    "p50 ms": (lambda figures: figures.p50_ms, True),
    "p99 ms": (lambda figures: figures.p99_ms, True),
    "lost, duplicated,\nout of order": (
        lambda figures: figures.lost + figures.duplicated + figures.out_of_order,
        False,
    ),
}
"""What each row shows, and whether on a logarithmic scale."""


def draw(results: Results, file: Path) -> None:
    """Write the picture as SVG; the same figures give the same bytes."""
    # By name: matplotlib's own types are too loose for a strict reading of this module.
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {"svg.hashsalt": "stream-service", "svg.fonttype": "none", "font.size": 8}
    )
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    shown = [one for one in reversed(CONTENDERS) if one.name in results]
    colours = [OURS_COLOUR if one.is_ours else PEER_COLOUR for one in shown]
    situations = list(SITUATIONS)
    width, height = _PANEL_IN
    figure, axes = pyplot.subplots(
        len(PANELS),
        len(situations),
        figsize=(width * len(situations) + 1.5, height * len(PANELS)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for row, (label, (value, is_logarithmic)) in enumerate(PANELS.items()):
        for column, situation in enumerate(situations):
            axis = axes[row][column]
            values = [value(results[one.name][situation]) for one in shown]
            bars = axis.barh([one.title for one in shown], values, color=colours)
            if is_logarithmic:
                axis.set_xscale("log")
            axis.bar_label(bars, [_short(one) for one in values], padding=2, fontsize=7)
            axis.margins(x=0.25)
            # The bars carry their values.
            axis.set_xticks([], minor=False)
            axis.set_xticks([], minor=True)
            axis.spines[["top", "right"]].set_visible(False)
            if row == 0:
                axis.set_title(situation.replace("_", " "))
            axis.set_xlabel(label)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
