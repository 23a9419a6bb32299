"""``--fail-over``: how far behind is too far, and what can be said of it where lag is unknown."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stream_service.observe.lag.snapshot import PartitionLag, Snapshot

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}

_FORM = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit>ms|s|m|h|d)?")


class ThresholdInvalid(ValueError):
    """No such bound; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds on lag; beyond the lowest of each kind is too far."""

    messages: int | None = None
    """Of a group on a topic, all partitions together: one that is over it alone is never hidden."""
    age_s: float | None = None
    """Of the first unprocessed record, partition by partition."""

    @classmethod
    def parse(cls, given: Iterable[str]) -> "Thresholds":
        """From ``1000`` or ``30s``, any number of them. Raises ThresholdInvalid."""
        messages: list[int] = []
        ages_s: list[float] = []
        for text in given:
            form = _FORM.fullmatch(text.strip())
            if form is None or (form["unit"] is None and "." in form["number"]):
                raise ThresholdInvalid(
                    f"{text!r}: write messages as 1000, or an age as 500ms, 30s, 5m, 2h or 1d"
                )
            if form["unit"] is None:
                messages.append(int(form["number"]))
            else:
                ages_s.append(float(form["number"]) * _UNIT_S[form["unit"]])
        return cls(min(messages, default=None), min(ages_s, default=None))

    @property
    def are_given(self) -> bool:
        """Whether there is any."""
        return self.messages is not None or self.age_s is not None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is over, and of what it cannot be said."""

    over: Sequence[str] = ()
    unknown: Sequence[str] = ()


def judge(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Hold a snapshot against thresholds.

    Whatever could not be read is unknown, and so is a snapshot in which there is nothing: a group's
    name that is misspelt must not read as a group that is up to date.
    """
    unknown = [f"{name}: {reason}" for name, reason in snapshot.failures.items()]
    unknown += _unknown(snapshot.partitions, thresholds)
    if not snapshot.partitions:
        unknown.append("no partition of a group was found")
    return Judgement(
        (*_over_messages(snapshot.partitions, thresholds), *_over_age(snapshot, thresholds)),
        unknown,
    )


def _over_messages(partitions: Iterable[PartitionLag], thresholds: Thresholds) -> Iterator[str]:
    if thresholds.messages is None:
        return
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for figures in partitions:
        sums[figures.group, figures.partition.topic] += figures.lag or 0
    for (group, topic), lag in sums.items():
        if lag > thresholds.messages:
            yield f"{group} on {topic}: {lag} messages, more than {thresholds.messages}"


def _over_age(snapshot: Snapshot, thresholds: Thresholds) -> Iterator[str]:
    for figures in snapshot.partitions:
        if thresholds.age_s is None or figures.lag_s is None:
            continue
        if figures.lag_s > thresholds.age_s:
            yield f"{_place(figures)}: {figures.lag_s:.1f} s, more than {thresholds.age_s:g} s"


def _unknown(partitions: Iterable[PartitionLag], thresholds: Thresholds) -> Iterator[str]:
    for figures in partitions:
        if figures.lag is None:
            # Whatever the group would begin with: a log without records keeps nobody waiting.
            if figures.log is None or figures.log.start < figures.log.end:
                yield f"{_place(figures)}: {_why_unknown(figures)}"
        elif figures.lag_s is None and thresholds.age_s is not None:
            yield f"{_place(figures)}: the first unprocessed record could not be read"


def _why_unknown(figures: PartitionLag) -> str:
    return "no commit yet" if figures.committed is None else "the log's end could not be read"


def _place(figures: PartitionLag) -> str:
    return f"{figures.group} on {figures.partition}"
