"""The intake of a topic, held back from outside: a service to whatever cannot take more for now."""

from collections.abc import Callable
from typing import Protocol


class IntakeListener(Protocol):
    """A session that reads of the topic."""

    def intake_changed(self) -> None:
        """The intake was paused or resumed."""
        ...


class Intake:
    """Whether records of a topic are fetched, and how many may be under way.

    What is taken already goes on. A session that begins while the intake is paused begins paused,
    and stays so over a rebalance.
    """

    def __init__(self) -> None:
        self._is_paused = False
        self._listeners: dict[IntakeListener, None] = {}
        self._most: int | None = None
        self._widened: Callable[[], None] | None = None

    @property
    def is_paused(self) -> bool:
        """Whether nothing is fetched."""
        return self._is_paused

    @property
    def sessions(self) -> int:
        """How many partitions of the topic are read."""
        return len(self._listeners)

    def pause(self) -> None:
        """Fetch nothing until ``resume``. Safe to call twice."""
        self._set(is_paused=True)

    def resume(self) -> None:
        """Fetch again. Safe to call twice."""
        self._set(is_paused=False)

    @property
    def most(self) -> int | None:
        """How many events may be under way; None for as many as the engine lets."""
        return self._most

    def bound(self, most: int) -> None:
        """Start nothing while ``most`` events are under way. Those that are go on."""
        was, self._most = self._most, most
        if self._widened is not None and was is not None and most > was:
            self._widened()

    def on_widened(self, widened: Callable[[], None]) -> None:
        """Call ``widened`` when more may be under way than before."""
        self._widened = widened

    def register(self, listener: IntakeListener) -> None:
        """Tell ``listener`` of every change."""
        self._listeners[listener] = None

    def unregister(self, listener: IntakeListener) -> None:
        """Tell it no more."""
        self._listeners.pop(listener, None)

    def _set(self, *, is_paused: bool) -> None:
        if self._is_paused == is_paused:
            return
        self._is_paused = is_paused
        for listener in tuple(self._listeners):
            listener.intake_changed()
