"""How many transactions a partition's session makes: its commit loop, event by event.

As the session does it: a transaction begins once something is finished, at the earliest one commit
interval after the last one began and never before that one was acknowledged; it takes all that is
finished then. A partition where nothing is finished commits nothing.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.scaling.load import Load

_LATENCY_SIGMA = 0.5
"""Of the lognormal time that a judgement takes."""

_PARTITIONS_SIMULATED = 40
_SECONDS_SIMULATED = 130.0

_COUNTED_FROM_S = 10.0
"""By then as much is finished as comes in."""


@dataclass(frozen=True, slots=True)
class Transactions:
    """Of all partitions together."""

    per_s: float
    events_each: float
    output_partitions_each: float
    """Distinct ones that a transaction writes to: each is announced, written and marked."""
    output_brokers_each: float
    """Brokers that lead them, at least one."""


def simulate(load: Load, *, seed: int = 1) -> Transactions:
    """Run the commit loops of some partitions for two minutes of their time; scale to all."""
    draw = random.Random(seed)
    simulated = min(load.partitions, _PARTITIONS_SIMULATED)
    count = events = outputs = brokers = 0
    for _ in range(simulated):
        finished = _finishing_times(load, draw)
        for began_s, first, behind in _commits(finished, load.commit_interval_s, load.commit_s):
            if not _COUNTED_FROM_S <= began_s < _SECONDS_SIMULATED:
                continue
            written = _outputs(load, draw, behind - first)
            count += 1
            events += behind - first
            outputs += len(written)
            brokers += len({number % load.brokers for number in written})
    scale = load.partitions / simulated / (_SECONDS_SIMULATED - _COUNTED_FROM_S)
    return Transactions(
        per_s=count * scale,
        events_each=events / max(count, 1),
        output_partitions_each=outputs / max(count, 1),
        output_brokers_each=brokers / max(count, 1),
    )


def expected_per_s(load: Load) -> float:
    """The same in closed form, for events that come at random.

    A round is an interval (or a commit, if that takes longer), and the wait for the next event in
    the rounds in which none was finished.
    """
    rate = load.events_per_s / load.partitions
    round_s = max(load.commit_interval_s, load.commit_s)
    return load.partitions / (round_s + math.exp(-rate * round_s) / rate)


def _finishing_times(load: Load, draw: random.Random) -> Sequence[float]:
    rate, at_s = load.events_per_s / load.partitions, 0.0
    mu = math.log(load.judge_s) - _LATENCY_SIGMA**2 / 2
    finished: list[float] = []
    while True:
        at_s += draw.expovariate(rate)
        if at_s > _SECONDS_SIMULATED:
            return sorted(finished)
        finished.append(at_s + draw.lognormvariate(mu, _LATENCY_SIGMA))


def _commits(
    finished: Sequence[float], interval_s: float, commit_s: float
) -> Sequence[tuple[float, int, int]]:
    """Each transaction: when it begins, the first event that it takes, the one behind its last."""
    found: list[tuple[float, int, int]] = []
    taken, earliest_s = 0, 0.0
    while taken < len(finished):
        began_s = max(earliest_s, finished[taken])
        behind = taken
        while behind < len(finished) and finished[behind] <= began_s:
            behind += 1
        found.append((began_s, taken, behind))
        taken, earliest_s = behind, began_s + max(interval_s, commit_s)
    return found


def _outputs(load: Load, draw: random.Random, events: int) -> set[int]:
    """Partitions written to: replies go to the input's own number, reviews to any."""
    reviews = sum(draw.random() < load.review_share for _ in range(events))
    written = {load.partitions + draw.randrange(load.partitions) for _ in range(reviews)}
    if reviews < events:
        written.add(draw.randrange(load.partitions))
    return written
