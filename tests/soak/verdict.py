"""What a run has shown, and what of it is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.checker import Findings
from tests.soak.checker import DecisionFindings
from tests.soak.logged import uncovered, unexplained
from tests.soak.vitals import Vitals

JUDGED_FROM_MINUTES = 20.0
"""Below it caches and pools still fill in the measured time, which is growth and no leak."""

ALLOWED_MB_PER_H = 2.0
"""Beyond the noise. Allocators and caches settle for hours (a lag exporter of 60 MB rose by 0.8 MB
within an hour, ever slower): less than this an hour cannot tell from a leak."""

ALLOWED_HANDLE_GROWTH = 8
"""A connection to each broker for one more coordinator or leader, and the console's pool."""

ALLOWED_TASK_GROWTH = 8
"""Tasks that a connection has."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """Everything that was seen of a run."""

    seed: int
    minutes: float
    events: int
    decisions: int
    missing_events: Sequence[str]
    """Acknowledged, and not in the topic."""
    answered_repeats: int
    waiting: int = 0
    """Events that were not worked on yet when nobody waited any longer."""
    findings: Findings
    decision_findings: DecisionFindings
    lag: float
    vitals: Mapping[str, Vitals]
    errors: Mapping[str, int]
    crashes: Mapping[str, int]
    complaints: Sequence[str]
    faults: Mapping[str, int]
    not_possible: Mapping[str, str] = field(default_factory=dict[str, str])
    requests_given_up: int = 0


def problems_of(seen: Seen) -> Sequence[str]:
    """Each check that fails, as a sentence."""
    found = seen.findings
    decided = seen.decision_findings
    strays = max(0, len(found.strays) - seen.answered_repeats)
    counted = (
        (len(seen.missing_events), "acknowledged events are not in the topic"),
        (len(found.lost), "events have no outcome"),
        (seen.waiting, "events were not worked on within the time after the end"),
        (len(found.duplicated), "events have more than one outcome"),
        (seen.answered_repeats, "repeated events were answered again"),
        (len(found.out_of_order), "replies of one customer stand out of order"),
        (len(found.wrong_kind), "outcomes are of the wrong kind (a dead letter for a good event)"),
        (strays, "outcomes belong to no event"),
        (len(found.uncommitted), "partitions are not committed to their end"),
        (len(decided.lost), "acknowledged decisions have no result"),
        (len(decided.unanswered), "decisions have not one result for each time they were sent"),
        (len(decided.contradictory), "review items have not exactly their first decision applied"),
        (len(decided.wrong_replies), "decided items have not exactly their one reply"),
        (seen.requests_given_up, "requests were in vain for minutes"),
    )
    problems = [f"{count} {what}" for count, what in counted if count]
    if found.no_progress:
        problems.append("the commits could not be read: nothing is proven")
    if seen.lag:
        problems.append(f"the lag is {seen.lag:g}, not 0")
    if seen.events < 1 or seen.decisions < 1:
        problems.append(f"{seen.events} events and {seen.decisions} decisions prove nothing")
    problems += _of_vitals(seen)
    problems += [
        f"{count} answers of 500 at {route}: no fault excuses one"
        for route, count in seen.crashes.items()
    ]
    silent = uncovered(seen.errors)
    problems += [
        f"{count} times an error in the logs that no alert covers: {name}"
        for name, count in silent.items()
    ]
    problems += [
        f"{count} times an error in the logs that no fault of the run explains: {name}"
        for name, count in unexplained(seen.errors).items()
        if name not in silent
    ]
    return [*problems, *seen.complaints]


def _of_vitals(seen: Seen) -> Sequence[str]:
    if seen.minutes < JUDGED_FROM_MINUTES:
        return []
    if not seen.vitals:
        return ["no process lived through the measured time: nothing is known of leaks"]
    problems: list[str] = []
    for name, one in seen.vitals.items():
        # Not the resident size: it grows by each page of the model's file that a new word touches.
        if one.memory.slope_per_h > one.memory.noise_per_h + ALLOWED_MB_PER_H:
            problems.append(
                f"the memory of {name} grows by {one.memory.slope_per_h:.1f} MB an hour, "
                f"noise explains {one.memory.noise_per_h:.1f}"
            )
        if one.handle_growth > ALLOWED_HANDLE_GROWTH:
            problems.append(f"{name} has {one.handle_growth:g} more open files than at first")
        if one.task_growth > ALLOWED_TASK_GROWTH:
            problems.append(f"{name} has {one.task_growth:g} more tasks than at first")
    return problems


def summary(seen: Seen) -> dict[str, Any]:
    """The run as one JSON object."""
    vitals = seen.vitals
    worst = max(vitals.values(), key=lambda one: one.memory.slope_per_h, default=None)
    return {
        "minutes": round(seen.minutes, 2),
        "seed": seen.seed,
        "events": seen.events,
        "decisions": seen.decisions,
        "waiting": seen.waiting,
        "lost": len(seen.findings.lost) + len(seen.missing_events),
        "duplicated": len(seen.findings.duplicated) + seen.answered_repeats,
        "out_of_order": len(seen.findings.out_of_order),
        "decisions_lost": len(seen.decision_findings.lost),
        "decisions_wrong": len(seen.decision_findings.unanswered)
        + len(seen.decision_findings.contradictory)
        + len(seen.decision_findings.wrong_replies),
        "lag": seen.lag,
        "memory_slope_mb_per_h": None if worst is None else round(worst.memory.slope_per_h, 2),
        "memory_noise_mb_per_h": None if worst is None else round(worst.memory.noise_per_h, 2),
        "rss_slope_mb_per_h": None if worst is None else round(worst.rss.slope_per_h, 2),
        "rss_noise_mb_per_h": None if worst is None else round(worst.rss.noise_per_h, 2),
        "leaks_judged": seen.minutes >= JUDGED_FROM_MINUTES,
        "handle_growth": max((one.handle_growth for one in vitals.values()), default=None),
        "task_growth": max((one.task_growth for one in vitals.values()), default=None),
        "processes": {
            name: {
                "rss_mb": round(one.rss_mb, 1),
                "memory_slope_mb_per_h": round(one.memory.slope_per_h, 2),
                "memory_noise_mb_per_h": round(one.memory.noise_per_h, 2),
                "rss_slope_mb_per_h": round(one.rss.slope_per_h, 2),
                "rss_noise_mb_per_h": round(one.rss.noise_per_h, 2),
                "handle_growth": one.handle_growth,
                "task_growth": one.task_growth,
            }
            for name, one in vitals.items()
        },
        "faults": dict(seen.faults),
        "not_possible": dict(seen.not_possible),
        "errors_logged": dict(seen.errors),
        "problems": list(problems_of(seen)),
    }
