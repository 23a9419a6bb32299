"""Figures over judged rows. Pure: rows in, numbers out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stream_service.commands.evaluation.gold import COUNTED, NOT_COMPLAINT
from stream_service.contracts.analysis import Category

BINS = 10
"""Bins of the reliability table, of equal width."""

THRESHOLDS = tuple(step / 100 for step in range(0, 100, 2))
"""Confidences at which the trade-off is computed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one row."""

    label: str
    category: Category
    confidence: float | None
    is_uncertain: bool
    """A person is asked for want of certainty of the category: low confidence, disagreement, or
    the category ``other``."""
    is_contradicted: bool
    """The same, whatever the confidence."""
    is_reviewed: bool
    """A person is asked, for whatever reason."""
    model: str
    playbook_version: str
    cost_usd: float | None

    @property
    def is_right(self) -> bool:
        """Whether the answer agrees with the label."""
        if self.label == NOT_COMPLAINT:
            return self.category is not Category.COMPLAINT
        return self.category.value == self.label

    @property
    def sureness(self) -> float:
        """The confidence; nothing known counts as none."""
        return self.confidence or 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """One line of the reliability table."""

    low: float
    high: float
    rows: int
    confidence: float
    """The mean of these rows' confidences."""
    accuracy: float


@dataclass(frozen=True, slots=True)
class TradeOff:
    """What a threshold of confidence would give, over complaint, praise and question rows."""

    threshold: float
    review_share: float
    wrong_auto_reply_share: float


def accuracy(rows: Sequence[Judged]) -> float:
    """Share of right answers."""
    return sum(row.is_right for row in rows) / len(rows)


def confusion(rows: Sequence[Judged]) -> Mapping[str, Mapping[str, int]]:
    """How many rows of each label got which category."""
    found = Counter((row.label, row.category.value) for row in rows)
    labels = [
        label for label in (*COUNTED, NOT_COMPLAINT) if any(row.label == label for row in rows)
    ]
    return {
        label: {category.value: found[label, category.value] for category in Category}
        for label in labels
    }


def macro_f1(rows: Sequence[Judged]) -> float:
    """The mean of the F1 of every label that occurs; ``complaint`` or not for files that know no
    more."""
    if any(row.label == NOT_COMPLAINT for row in rows):
        pairs = [
            (row.label, "complaint" if row.category is Category.COMPLAINT else NOT_COMPLAINT)
            for row in rows
        ]
    else:
        pairs = [(row.label, row.category.value) for row in rows]
    scores = [_f1(pairs, label) for label in dict(pairs)]
    return sum(scores) / len(scores)


def reliability(rows: Sequence[Judged]) -> Sequence[Bin]:
    """Confidence against accuracy, bin by bin; empty bins are left out."""
    bins: list[Bin] = []
    for number in range(BINS):
        members = [row for row in rows if min(BINS - 1, int(row.sureness * BINS)) == number]
        if members:
            mean = sum(row.sureness for row in members) / len(members)
            low, high = number / BINS, (number + 1) / BINS
            bins.append(Bin(low, high, len(members), mean, accuracy(members)))
    return bins


def calibration_error(rows: Sequence[Judged]) -> float:
    """The expected calibration error: the bins' distance of confidence and accuracy, by size."""
    bins = reliability(rows)
    return sum(one.rows * abs(one.confidence - one.accuracy) for one in bins) / len(rows)


def shares(rows: Sequence[Judged]) -> tuple[float, float]:
    """The share reviewed for want of certainty, and the share sent in a wrong category, of the
    complaint, praise and question rows; (0, 0) where there are none."""
    counted = _of_three(rows)
    if not counted:
        return 0.0, 0.0
    reviewed = sum(row.is_uncertain for row in counted)
    wrong = sum(not row.is_uncertain and not row.is_right for row in counted)
    return reviewed / len(counted), wrong / len(counted)


def trade_offs(rows: Sequence[Judged]) -> Sequence[TradeOff]:
    """What other thresholds of confidence would give, the same for every category."""
    counted = _of_three(rows)
    curve: list[TradeOff] = []
    for threshold in THRESHOLDS if counted else ():
        sent = [row for row in counted if not row.is_contradicted and row.sureness >= threshold]
        curve.append(
            TradeOff(
                threshold,
                1 - len(sent) / len(counted),
                sum(not row.is_right for row in sent) / len(counted),
            )
        )
    return curve


def _of_three(rows: Sequence[Judged]) -> Sequence[Judged]:
    return [row for row in rows if row.label in COUNTED]


def _f1(pairs: Sequence[tuple[str, str]], label: str) -> float:
    both = sum(gold == answer == label for gold, answer in pairs)
    named = sum(gold == label for gold, _ in pairs) + sum(answer == label for _, answer in pairs)
    return 2 * both / named if named else 0.0
