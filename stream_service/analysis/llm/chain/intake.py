"""How the chain holds back events that it could only let wait."""

from typing import Protocol


class IntakeControl(Protocol):
    """Stops, starts and bounds the flow of new events."""

    def pause(self) -> None:
        """Take no more events for now. Safe to call twice."""
        ...

    def resume(self) -> None:
        """Take events again. Safe to call twice."""
        ...

    def bound(self, most: int) -> None:
        """Have no more than ``most`` events under way; those that are go on."""
        ...


class NoIntake:
    """Where events do not flow in by themselves: a single text, an evaluation."""

    def pause(self) -> None:
        """Pass."""

    def resume(self) -> None:
        """Pass."""

    def bound(self, most: int) -> None:
        """Pass."""
