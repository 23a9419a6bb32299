"""Words that are frequent in every text and say nothing of this one."""

import tomllib
from importlib.resources import files


def _load() -> dict[str, frozenset[str]]:
    resource = files("stream_service.graph.measures") / "stop_words.toml"
    by_language: dict[str, str] = tomllib.loads(resource.read_text("utf-8"))
    return {language: frozenset(words.split()) for language, words in by_language.items()}


STOP_WORDS = _load()
"""By language; others have none here, and no frequent words are named for them."""
