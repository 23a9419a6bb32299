"""The cue words of cues.toml, as patterns."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import cast

Cues = Mapping[str, re.Pattern[str]]
"""By the name of what they speak for, in the file's order. They match lower case only, for a text
is lowered once and searched by many patterns."""


@lru_cache(maxsize=1)
def cues() -> Mapping[str, Cues]:
    """The groups of cues: ``category``, ``urgency`` and ``aspect``."""
    text = resources.files(__package__ or "").joinpath("cues.toml").read_text("utf-8")
    groups = cast("dict[str, dict[str, dict[str, str]]]", tomllib.loads(text))
    return {
        group: {name: _pattern(words["en"], words["zh"]) for name, words in names.items()}
        for group, names in groups.items()
    }


def _pattern(english: str, chinese: str) -> re.Pattern[str]:
    words = sorted((word.strip() for word in english.split(",")), key=len, reverse=True)
    whole = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    parts = "|".join(map(re.escape, sorted(chinese.split(), key=len, reverse=True)))
    return re.compile(rf"\b(?:{whole})(?!\w)|{parts}")
