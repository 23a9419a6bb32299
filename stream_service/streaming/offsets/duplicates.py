"""Which events were seen just before in the same partition."""

from collections import deque

Identity = tuple[str, int]
"""An event's id and how often it was sent back from the dead letters."""


class DuplicateWindow:
    """Record n is a duplicate if its identity stands at one of the ``size`` offsets before it.

    Offsets, not records, are counted: the answer then depends on the log alone, and is the same
    after a restart that reads the last ``size`` offsets again, however many markers lie between.
    Records must be shown in offset order.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._latest: dict[Identity, int] = {}
        self._order: deque[tuple[int, Identity]] = deque()

    @property
    def size(self) -> int:
        """How many offsets back are looked at."""
        return self._size

    def is_duplicate(self, offset: int, identity: Identity) -> bool:
        """Show the record at ``offset``; says whether it is a duplicate of one before it."""
        if self._size == 0:
            return False
        self._forget_below(offset - self._size)
        seen = identity in self._latest
        self._latest[identity] = offset
        self._order.append((offset, identity))
        return seen

    def _forget_below(self, oldest: int) -> None:
        while self._order and self._order[0][0] < oldest:
            offset, identity = self._order.popleft()
            if self._latest.get(identity) == offset:
                del self._latest[identity]
