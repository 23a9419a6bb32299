"""What was published, what came of it, and what that says: lost, duplicated, out of order."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Sent:
    """An event on its way."""

    key: str
    at: float
    """Before it was handed to the producer, in ``time.perf_counter``'s seconds."""
    place: tuple[int, int] | None = None
    """Partition and offset, once the broker has confirmed it."""


@dataclass(frozen=True, slots=True)
class Correctness:
    """Of a number of events."""

    lost: int
    """The group has committed them, and there is no output."""
    duplicated: int
    """Outputs beyond the first of an event."""
    out_of_order: int
    """First outputs that stand behind one of a later event of the same key."""
    unfinished: int
    """Neither committed nor with an output, for the time that was given."""


@dataclass(slots=True)
class Ledger:
    """The events of one run by their numbers."""

    sent: dict[int, Sent] = field(default_factory=dict[int, Sent])
    outputs: Counter[int] = field(default_factory=Counter[int])
    first_at: dict[int, float] = field(default_factory=dict[int, float])
    late: set[int] = field(default_factory=set[int])
    _highest: dict[str, int] = field(default_factory=dict[str, int])

    def add_output(self, number: int, at: float, *, by_key: bool) -> None:
        """An output, in its partition's order; ``by_key``: a key's stand in one partition."""
        self.outputs[number] += 1
        if self.outputs[number] > 1:
            return
        self.first_at[number] = at
        if by_key:
            key = self.sent[number].key
            highest = self._highest.get(key, -1)
            if number < highest:
                self.late.add(number)
            self._highest[key] = max(highest, number)

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Those that have no output."""
        return [number for number in numbers if number not in self.first_at]

    def lost(self, numbers: Iterable[int], committed: Mapping[int, int]) -> list[int]:
        """Those that have none and will get none: what is committed is not read again."""
        return [
            number
            for number in self.missing(numbers)
            if (place := self.sent[number].place) and place[1] < committed.get(place[0], 0)
        ]

    def correctness(self, numbers: Sequence[int], lost: Collection[int]) -> Correctness:
        """Of the events with these numbers, of which those are ``lost``."""
        return Correctness(
            lost=len(lost),
            duplicated=sum(max(0, self.outputs[number] - 1) for number in numbers),
            out_of_order=sum(number in self.late for number in numbers),
            unfinished=len(self.missing(numbers)) - len(lost),
        )
