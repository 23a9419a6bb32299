"""Events of one record key run one after another, keys run side by side."""

from collections import Counter, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class KeyOrder(Generic[Item]):
    """Queues of items by record key.

    An item becomes ready when no earlier one of its key is under way. Items without a key are
    ready at once: they have no order.
    """

    def __init__(self) -> None:
        self._ready: deque[Item] = deque()
        self._waiting: dict[bytes, deque[Item]] = {}
        self._longest = 0
        self._keys_by_length: Counter[int] = Counter()

    def __bool__(self) -> bool:
        """Whether an item is ready."""
        return bool(self._ready)

    @property
    def longest_queue(self) -> int:
        """How many items wait behind the first one of the fullest key."""
        return self._longest

    def add(self, key: bytes | None, item: Item) -> None:
        """Queue ``item``."""
        if key is None:
            self._ready.append(item)
        elif key in self._waiting:
            waiting = self._waiting[key]
            waiting.append(item)
            self._count(len(waiting) - 1, len(waiting))
        else:
            self._waiting[key] = deque()
            self._ready.append(item)

    def pop_ready(self) -> Item:
        """Take the item that has been ready for the longest time."""
        return self._ready.popleft()

    def release(self, key: bytes | None) -> None:
        """The key's item under way has ended; the next one becomes ready."""
        if key is None:
            return
        waiting = self._waiting[key]
        if waiting:
            self._ready.append(waiting.popleft())
            self._count(len(waiting) + 1, len(waiting))
        else:
            del self._waiting[key]

    def clear(self) -> None:
        """Forget every item that is not under way."""
        self._ready.clear()
        for waiting in self._waiting.values():
            waiting.clear()
        self._keys_by_length.clear()
        self._longest = 0

    def _count(self, before: int, now: int) -> None:
        """Keep the longest queue known without asking them all: it is asked for at every event."""
        self._keys_by_length[before] -= 1
        self._keys_by_length[now] += 1
        self._longest = max(self._longest, now)
        while self._longest and not self._keys_by_length[self._longest]:
            self._longest -= 1
