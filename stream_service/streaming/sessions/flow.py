"""Back-pressure: whether a partition is fetched, by what its session has taken on."""

from stream_service.streaming.judging.intake import Intake
from stream_service.streaming.limits import StreamLimits
from stream_service.streaming.sessions.feed import PartitionFeed

_CLOSE_MAP_SHARE, _OPEN_MAP_SHARE = 0.75, 0.5
"""Shares of the metadata's bytes at which the window closes and opens again."""

_WHOLE_WINDOWS = 4
"""As many partitions of a topic may have all of ``window_bytes``; of more each has its share of
these. A worker that is alone with sixteen would else take on a gigabyte of large events, which is
all that it has."""


class PartitionFlow:
    """Pauses and resumes one partition, with room between the two so that it does not flap."""

    def __init__(self, feed: PartitionFeed, intake: Intake, limits: StreamLimits) -> None:
        """The partition is paused to begin with."""
        self._feed = feed
        self._intake = intake
        self._window_events = limits.window_events
        # A commit under way takes up to an interval's worth, and the next one gathers meanwhile.
        self._uncommitted_events = 2 * limits.window_events
        self._window_bytes = limits.window_bytes
        # One key may queue a quarter of the window: the rest is for the others.
        self._key_queue = max(1, limits.window_events // 4)
        self._is_paused = True
        self._is_full = False

    @property
    def is_paused(self) -> bool:
        """Whether the partition is not fetched."""
        return self._is_paused

    def update(
        self,
        *,
        unfinished: int,
        uncommitted: int,
        size_bytes: int,
        longest_queue: int,
        map_share: float,
    ) -> None:
        """Pause or resume, by the events taken and not finished, those finished and not committed,
        the bytes of both, the longest queue of one key, and the share of the commit's metadata
        that its map takes.

        What waits for its commit alone leaves room for others: else a partition would stand still
        for a part of every interval.
        """
        fullest = max(
            unfinished / self._window_events,
            uncommitted / self._uncommitted_events,
            size_bytes / self._most_bytes(),
            longest_queue / self._key_queue,
        )
        if self._is_full:
            self._is_full = fullest > 0.5 or map_share > _OPEN_MAP_SHARE
        else:
            self._is_full = fullest >= 1 or map_share >= _CLOSE_MAP_SHARE
        should_pause = self._intake.is_paused or self._is_full
        if should_pause and not self._is_paused:
            self._feed.pause()
        elif self._is_paused and not should_pause:
            self._feed.resume()
        self._is_paused = should_pause

    def _most_bytes(self) -> float:
        return self._window_bytes * min(1.0, _WHOLE_WINDOWS / max(1, self._intake.sessions))
