"""What can go wrong with a run of the graph."""


class VerdictMissing(RuntimeError):
    """A run ended without a verdict: a mistake in the graph, never a property of the event."""
