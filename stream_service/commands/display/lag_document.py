"""A snapshot of lag as JSON, for scripts. Null is unknown, which is never told as 0."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from math import isinf
from typing import Any

import orjson

from stream_service.commands.lag_thresholds import Judgement
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot


def lag_document(snapshot: Snapshot, judgement: Judgement | None) -> bytes:
    """One JSON document and a newline; ``judgement`` is None where no threshold was given."""
    document: dict[str, Any] = {
        "taken_at": datetime.fromtimestamp(snapshot.taken_at, UTC),
        "groups": list(_groups(snapshot)),
        "unreadable": dict(snapshot.failures),
    }
    if judgement is not None:
        document |= {"over": list(judgement.over), "unknown": list(judgement.unknown)}
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def _groups(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    partitions = {
        group: list(figures)
        for group, figures in groupby(snapshot.partitions, lambda one: one.group)
    }
    for group in snapshot.groups:
        yield {
            "group": group.name,
            "state": group.state,
            "members": group.members,
            "partitions": [
                _partition(figures, snapshot.taken_at) for figures in partitions.get(group.name, ())
            ],
        }


def _partition(figures: PartitionLag, now: float) -> dict[str, Any]:
    log, owner = figures.log, figures.owner
    return {
        "topic": figures.partition.topic,
        "partition": figures.partition.number,
        "status": figures.status,
        "lag_messages": figures.lag,
        "lag_seconds": _rounded(figures.lag_s),
        "unprocessed_messages": figures.unprocessed,
        "processed_per_second": _pace(figures),
        "drain_estimate_seconds": _rounded(figures.drain_s),
        "committed_offset": figures.committed,
        "start_offset": None if log is None else log.start,
        "end_offset": None if log is None else log.end,
        "lost_messages": figures.lost,
        "last_commit_age_seconds": _age(figures.last_commit_at, now),
        "no_commit_for_seconds": _age(figures.unchanged_since, now),
        "owner": None if owner is None else owner._asdict(),
    }


def _pace(figures: PartitionLag) -> float | None:
    if not figures.unprocessed or figures.drain_s is None:
        return None
    return round(figures.unprocessed / figures.drain_s, 3)


def _age(moment: float | None, now: float) -> float | None:
    return None if moment is None else round(max(0.0, now - moment), 3)


def _rounded(seconds: float | None) -> float | None:
    # JSON has no infinity: what never drains has a pace of 0.
    return None if seconds is None or isinf(seconds) else round(seconds, 3)
