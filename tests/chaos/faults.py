"""What is done to the workers and the brokers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar


class FaultKind(StrEnum):
    """Every way in which a run is disturbed; a run has several."""

    WORKER_KILL = "worker-kill"
    """SIGKILL, and another worker in its place."""
    WORKER_TERM = "worker-term"
    """SIGTERM, and another worker in its place."""
    WORKER_FREEZE = "worker-freeze"
    """SIGSTOP past the session time-out, then SIGCONT: the zombie."""
    REBALANCE_STORM = "rebalance-storm"
    """Members join and leave every second."""
    CLOCK_JUMP = "clock-jump"
    """A worker's clock (time.time, datetime.now, record timestamps) jumps to and fro."""
    BROKER_KILL = "broker-kill"
    """SIGKILL of a broker, and its restart."""
    BROKER_FREEZE = "broker-freeze"
    """A broker's connections stay open and nothing answers on them, then it goes on."""
    LEADER_MOVE = "leader-move"
    """A broker of three is stopped cleanly and started again: its partitions' leaders move."""
    COORDINATOR_LOSS = "coordinator-loss"
    """SIGKILL of the broker of three that coordinates the group or a transaction in commit."""
    FULL_WINDOW = "full-window"
    """The whole run has a window of some events only."""
    SLOW_EVENT = "slow-event"
    """Some events take 10 s (60 s in long runs) beside fast keys."""
    POISON = "poison"
    """Many events that always raise, that raise at first, or that are no events at all."""


OF_THREE_BROKERS = frozenset(
    {FaultKind.BROKER_FREEZE, FaultKind.LEADER_MOVE, FaultKind.COORDINATOR_LOSS}
)
"""Kinds that one broker alone cannot show."""

OF_BROKERS = OF_THREE_BROKERS | {FaultKind.BROKER_KILL}

OF_THE_WHOLE_RUN = frozenset({FaultKind.FULL_WINDOW, FaultKind.SLOW_EVENT, FaultKind.POISON})
"""Kinds that are a matter of limits and events: nothing happens at a certain moment."""


Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fault(Generic[Kind]):
    """One disturbance at one moment of a run; others than these kinds have an enum of theirs."""

    at_s: float
    kind: Kind
    lasts_s: float
    victim: float
    """Which one of those at hand, as a share of their number: 0.5 is the middle one."""
