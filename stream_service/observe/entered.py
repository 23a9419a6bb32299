"""Several observers' contexts as one."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType


class Entered(AbstractContextManager[None]):
    """Enters all in their order, and leaves them in the reverse order.

    Lighter than an ExitStack, which is made for contexts that raise or swallow: observers' contexts
    do neither, and this is entered at every node of every event.
    """

    __slots__ = ("_contexts",)

    def __init__(self, contexts: Sequence[AbstractContextManager[None]]) -> None:
        self._contexts = contexts

    def __enter__(self) -> None:
        for context in self._contexts:
            context.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for context in reversed(self._contexts):
            context.__exit__(kind, error, trace)
