"""Which finished outcomes go into the next transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from stream_service.streaming.offsets.offset_map import MAX_METADATA_BYTES, encode_offset_map
from stream_service.streaming.offsets.window import Progress, Window
from stream_service.streaming.outcome import Outcome
from stream_service.streaming.publishing.suspects import Suspects

MAX_TRANSACTION_EVENTS = 2_000
MAX_TRANSACTION_BYTES = 16 * 1024 * 1024
"""Bounds of one transaction: it must be sent well within the transaction time-out."""


@dataclass(frozen=True, slots=True)
class CommitBatch:
    """Outcomes, and the progress that publishing just these makes."""

    outcomes: tuple[Outcome, ...]
    progress: Progress
    metadata: str


def next_commit(
    window: Window, finished: Sequence[Outcome], suspects: Suspects
) -> CommitBatch | None:
    """Choose from ``finished``, which is in the order of completion; None when nothing changes.

    Whatever is left out has a higher place in its key's order than all that is taken of the key.
    """
    outcomes = _within_bounds(suspects.next_group(finished))
    batch = _batch(window, outcomes)
    if len(batch.metadata) > MAX_METADATA_BYTES:
        batch = _fitting(window, outcomes)
    if not batch.outcomes and batch.progress.frontier == window.committed.frontier:
        return None
    return batch


def _within_bounds(finished: Sequence[Outcome]) -> Sequence[Outcome]:
    size = 0
    for count, outcome in enumerate(finished):
        size += outcome.size_bytes
        if count and (size > MAX_TRANSACTION_BYTES or count >= MAX_TRANSACTION_EVENTS):
            return finished[:count]
    return finished


def _fitting(window: Window, outcomes: Sequence[Outcome]) -> CommitBatch:
    """Leave the highest offsets out until the map fits; without any it is no longer than before."""
    offsets = sorted(outcome.offset for outcome in outcomes)
    fits, too_many = 0, len(offsets)
    best = _batch(window, ())
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        bound = offsets[middle]
        batch = _batch(window, [outcome for outcome in outcomes if outcome.offset < bound])
        if len(batch.metadata) <= MAX_METADATA_BYTES:
            fits, best = middle, batch
        else:
            too_many = middle
    return best


def _batch(window: Window, outcomes: Sequence[Outcome]) -> CommitBatch:
    offsets = {outcome.offset for outcome in outcomes}
    progress = window.progress_with(offsets)
    metadata = encode_offset_map(progress.frontier, progress.completed_ahead)
    if len(metadata) > MAX_METADATA_BYTES:
        progress = window.least_progress_with(offsets)
        metadata = encode_offset_map(progress.frontier, progress.completed_ahead)
    # A copy: what ends while the commit is under way belongs to the next one.
    return CommitBatch(tuple(outcomes), progress, metadata)
