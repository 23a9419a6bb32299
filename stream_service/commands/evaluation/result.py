"""The result of an evaluation, as figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stream_service.commands.evaluation.metrics import (
    Judged,
    accuracy,
    calibration_error,
    confusion,
    macro_f1,
    reliability,
    shares,
    trade_offs,
)

DIGITS = 4
"""Of shares in the JSON: the files have about a thousand rows."""


@dataclass(frozen=True, slots=True)
class Result:
    """Judged rows by file, and what judging them took."""

    files: Mapping[str, Sequence[Judged]]
    left_out: Mapping[str, Mapping[str, int]]
    """By file: rows that are not counted, by label."""
    seconds: float
    """Wall-clock time of the judging, without the loading of models."""

    @property
    def rows(self) -> Sequence[Judged]:
        """The rows of all files."""
        return [row for rows in self.files.values() for row in rows]

    @property
    def model(self) -> str:
        """Who judged: one model, or several where a language model could not always be had."""
        return ", ".join(sorted({row.model for row in self.rows}))

    @property
    def playbook_version(self) -> str:
        """The playbook's version; several where it was changed meanwhile."""
        return ", ".join(sorted({row.playbook_version for row in self.rows}))

    @property
    def cost_usd(self) -> float | None:
        """What the language model cost; None where a price is not known."""
        costs = [row.cost_usd for row in self.rows]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def events_per_s(self) -> float:
        """Judged events a second of wall-clock time."""
        return len(self.rows) / self.seconds


def as_json(result: Result) -> dict[str, Any]:
    """The figures as they are written with ``--json``."""
    rows = result.rows
    review_share, wrong_share = shares(rows)
    return {
        "model": result.model,
        "playbook_version": result.playbook_version,
        "rows": {name: len(judged) for name, judged in result.files.items()},
        "left_out": {name: dict(labels) for name, labels in result.left_out.items()},
        "accuracy": {name: _share(accuracy(judged)) for name, judged in result.files.items()},
        "macro_f1": {name: _share(macro_f1(judged)) for name, judged in result.files.items()},
        "calibration_error": {
            name: _share(calibration_error(judged)) for name, judged in result.files.items()
        },
        "confusion": {
            name: {label: dict(row) for label, row in confusion(judged).items()}
            for name, judged in result.files.items()
        },
        "reliability": [_rounded(asdict(one)) for one in reliability(rows)],
        "review_share": _share(review_share),
        "review_share_all_reasons": _share(sum(row.is_reviewed for row in rows) / len(rows)),
        "wrong_auto_reply_share": _share(wrong_share),
        "trade_off": [_rounded(asdict(one)) for one in trade_offs(rows)],
        "seconds": round(result.seconds, 3),
        "events_per_s": round(result.events_per_s, 2),
        "cost_usd": None if result.cost_usd is None else round(result.cost_usd, 6),
    }


def _share(value: float) -> float:
    return round(value, DIGITS)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in figures.items()}
