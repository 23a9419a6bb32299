"""Who watches the nodes run."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class NodeObserver(Protocol):
    """Is told of every node's start and end; metrics and spans are made of it."""

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return what is entered around one run of the node ``name``.

        It sees the node's error and its cancellation, and must let both pass.
        """
        ...


class NoObserver:
    """Watches nothing."""

    def node(self, name: str) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return _NOTHING


_NOTHING = nullcontext()
