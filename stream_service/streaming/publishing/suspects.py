"""Outcomes that the broker may be refusing: found one by one, and set aside in the end."""

from collections import Counter
from collections.abc import Collection, Sequence

from stream_service.streaming.outcome import Outcome

CONDEMNED_AFTER = 3
"""Refusals of one outcome alone; a topic that is being reconfigured may refuse once or twice."""


class Suspects:
    """What is known of a partition's refused transactions; it outlives the sessions.

    When a transaction is refused for what is in it, each of its outcomes is suspected. A suspect is
    published alone from then on, so that the next refusal tells which one it is. What is refused
    alone, three times in the same way, is condemned: its record becomes a dead letter.
    """

    def __init__(self) -> None:
        self._suspected: set[int] = set()
        self._refusals: Counter[tuple[int, str]] = Counter()

    def refused(self, offsets: Collection[int], error_class: str) -> None:
        """A transaction with these outcomes was refused for what is in it."""
        self._suspected.update(offsets)
        if len(offsets) == 1:
            self._refusals[next(iter(offsets)), error_class] += 1

    def published(self, offsets: Collection[int]) -> None:
        """A transaction with these outcomes was accepted."""
        self._suspected.difference_update(offsets)

    def condemnation(self, offset: int) -> str | None:
        """The class of the error by which the outcome at ``offset`` was refused for good."""
        return next(
            (
                error_class
                for (refused, error_class), count in self._refusals.items()
                if refused == offset and count >= CONDEMNED_AFTER
            ),
            None,
        )

    def is_hopeless(self, offset: int) -> bool:
        """Whether what was set aside as refused for good, a dead letter, was refused as well."""
        return any(
            refused == offset and count > CONDEMNED_AFTER
            for (refused, _), count in self._refusals.items()
        )

    def next_group(self, finished: Sequence[Outcome]) -> Sequence[Outcome]:
        """What may go into one transaction, in the order of completion: a suspect goes alone."""
        for count, outcome in enumerate(finished):
            if outcome.offset in self._suspected:
                return finished[:count] or finished[:1]
        return finished
