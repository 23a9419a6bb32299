"""The events of a session that are taken and not yet committed, and how far everything is done."""

from collections.abc import Collection
from dataclasses import dataclass

from stream_service.streaming.offsets.offset_map import Runs


@dataclass(frozen=True, slots=True)
class Progress:
    """What a commit says: both parts are of one instant."""

    frontier: int
    """Everything below is done."""
    completed_ahead: Runs = ()
    """What else is done, above the frontier."""


class Window:
    """Tracks offsets between the committed frontier and the position.

    Nothing advances by being finished: only ``acknowledge``, called once the broker has confirmed a
    commit, moves the frontier. An offset that the log lacks (compaction, a transaction marker)
    counts as done once the position has passed it. So what is done is all that is not open, and
    cost and memory go with the open events, however far the position has run ahead of a slow one.
    """

    def __init__(self, committed: Progress) -> None:
        self._committed = committed
        self._open: dict[int, None] = {}
        self._position = committed.frontier
        self._restored = list(committed.completed_ahead)

    @property
    def committed(self) -> Progress:
        """What the broker has confirmed."""
        return self._committed

    @property
    def position(self) -> int:
        """The next offset to be taken."""
        return self._position

    @property
    def span(self) -> int:
        """Offsets between the frontier and the position."""
        return max(0, self._position - self._committed.frontier)

    def __len__(self) -> int:
        """Events taken and not confirmed as done."""
        return len(self._open)

    def take(self, offset: int) -> bool:
        """Take the next offset; False when an earlier session has done its work.

        Raises ValueError when it was taken before: two readers would share one session.
        """
        if offset < self._committed.frontier:
            return False
        if offset < self._position:
            raise ValueError(f"offset {offset} was taken already; the next one is {self._position}")
        self.move_to(offset + 1)
        if any(first <= offset < behind for first, behind in self._restored):
            self._drop_restored()
            return False
        self._drop_restored()
        self._open[offset] = None
        return True

    def move_to(self, position: int) -> None:
        """Say that no record below ``position`` is still to be taken."""
        self._position = max(self._position, position)

    def progress_with(self, finished: Collection[int]) -> Progress:
        """What could be committed if ``finished`` were published in the same transaction."""
        still_open = [offset for offset in self._open if offset not in finished]
        done: list[tuple[int, int]] = []
        start = self._committed.frontier
        for offset in still_open:
            if offset > start:
                done.append((start, offset))
            start = offset + 1
        if self._position > start:
            done.append((start, self._position))
        for first, behind in self._restored:
            if done and first <= done[-1][1]:
                done[-1] = (done[-1][0], max(behind, done[-1][1]))
            else:
                done.append((first, behind))
        frontier = self._committed.frontier
        if done and done[0][0] == frontier:
            frontier = done.pop(0)[1]
        return Progress(frontier, tuple(done))

    def least_progress_with(self, finished: Collection[int]) -> Progress:
        """The same, but each run goes only from the first to the last of it that is published.

        In a log that is mostly holes, ``progress_with`` tells the holes between open events too,
        each as a run of its own: 2,000 of them are more than a commit carries. Whoever goes on
        from here comes to the holes by itself.
        """
        whole = self.progress_with(finished)
        published = sorted(
            [*self._committed.completed_ahead, *((offset, offset + 1) for offset in finished)]
        )
        least: list[tuple[int, int]] = []
        runs = iter(whole.completed_ahead)
        end = whole.frontier
        for first, behind in published:
            if first < whole.frontier:
                continue
            if first < end:
                least[-1] = (least[-1][0], behind)
                continue
            while first >= end:
                _, end = next(runs)
            least.append((first, behind))
        return Progress(whole.frontier, tuple(least))

    def acknowledge(self, progress: Progress, finished: Collection[int]) -> None:
        """The broker confirmed a commit of ``progress``, made with ``finished``."""
        for offset in finished:
            del self._open[offset]
        self._committed = progress
        self._drop_restored()

    def _drop_restored(self) -> None:
        passed = max(self._position, self._committed.frontier)
        while self._restored and self._restored[0][1] <= passed:
            del self._restored[0]
