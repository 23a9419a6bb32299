"""The counts that need no past: lag, loss, and what is left to process."""

from dataclasses import dataclass, replace

from stream_service.observe.lag.reading import Committed, LogRange
from stream_service.streaming.offsets.offset_map import UnreadableMap, decode_offset_map


@dataclass(frozen=True, slots=True)
class LagCounts:
    """Records between a committed offset and the log's end."""

    lag: int
    """What can still be read of it; what retention has removed is no lag, for it never falls."""
    waiting: int
    """The lag, or 0 where all of it is markers of transactions, which nobody processes."""
    lost: int
    """Removed by retention before being processed."""
    unprocessed: int
    """The lag, less what the commit's map holds as completed ahead."""
    completed_ahead: int
    """Completed behind the committed offset, whether the log still has it or not."""

    @classmethod
    def of(cls, committed: Committed, log: LogRange) -> "LagCounts":
        """Count. Nothing is negative, whatever a commit says that lies beyond the log."""
        runs = _completed_ahead(committed)
        position = max(committed.offset, log.start)
        lag = max(0, log.end - position)
        removed = max(0, min(log.start, log.end) - committed.offset)
        ahead_in_log = sum(
            max(0, min(behind, log.end) - max(first, position)) for first, behind in runs
        )
        ahead_removed = sum(max(0, min(behind, log.start) - first) for first, behind in runs)
        return cls(
            lag=lag,
            waiting=lag,
            lost=max(0, removed - ahead_removed),
            unprocessed=lag - ahead_in_log,
            completed_ahead=sum(behind - first for first, behind in runs),
        )

    def with_markers_only(self) -> "LagCounts":
        """The same, where no record but only markers of transactions are left."""
        return replace(self, waiting=0, unprocessed=0)


def _completed_ahead(committed: Committed) -> tuple[tuple[int, int], ...]:
    try:
        return tuple(decode_offset_map(committed.offset, committed.metadata))
    except UnreadableMap:
        # Another client's own words.
        return ()
