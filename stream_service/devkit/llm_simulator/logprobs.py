"""Log-probabilities of an answer's tokens, in the form of the OpenAI interface."""

import math
import re
from functools import lru_cache
from typing import Any

from stream_service.devkit.llm_simulator.reading import CATEGORIES, CueReading
from stream_service.devkit.llm_simulator.tokens import split_tokens

_LEAST = 1e-6
"""The probability of what the cues exclude; a real model never excludes a token."""

_SURE = math.log(0.99)
"""Of each token that says nothing about the category."""

_CATEGORY = re.compile(r'"category"\s*:\s*(?:\{\s*"\w+"\s*:\s*)?"')


def answer_logprobs(
    content: str, reading: CueReading, top: int, *, in_pieces: bool
) -> list[dict[str, Any]]:
    """One entry a token, with the ``top`` likeliest in its place.

    The category's value, where the answer has that property, is as likely as the reading is sure of
    it, beside the other categories; ``in_pieces`` splits it into two tokens.
    """
    found = _CATEGORY.search(content)
    value = split_tokens(content[found.end() :])[0] if found and content[found.end() :] else ""
    if not found or value not in CATEGORIES:
        return [_entry(token, _SURE, top) for token in split_tokens(content)]
    before, after = content[: found.end()], content[found.end() + len(value) :]
    pieces = _pieces(value) if in_pieces else (value,)
    category = _category_entry(pieces[0], reading, top, in_pieces=in_pieces)
    return [
        *(_entry(token, _SURE, top) for token in split_tokens(before)),
        category,
        *(_entry(piece, _SURE, top) for piece in pieces[1:]),
        *(_entry(token, _SURE, top) for token in split_tokens(after)),
    ]


def _category_entry(
    token: str, reading: CueReading, top: int, *, in_pieces: bool
) -> dict[str, Any]:
    likely = {
        _pieces(name)[0] if in_pieces else name: math.log(max(_LEAST, share))
        for name, share in reading.probabilities.items()
    }
    ranked = sorted(likely, key=lambda name: -likely[name])
    alternatives = [_token(name, likely[name]) for name in ranked][:top]
    return {
        **_token(token, likely[token]),
        "top_logprobs": alternatives + _fillers(top - len(alternatives)),
    }


def _pieces(word: str) -> tuple[str, str]:
    half = (len(word) + 1) // 2
    return word[:half], word[half:]


def _entry(token: str, logprob: float, top: int) -> dict[str, Any]:
    alternatives = [_token(token, logprob), *_fillers(top - 1)] if top else []
    return {**_token(token, logprob), "top_logprobs": alternatives}


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode("utf-8", "replace"))}


@lru_cache(maxsize=32)
def _fillers(count: int) -> list[dict[str, Any]]:
    """Unlikely tokens that fill a list up: the interface always gives as many as were asked for."""
    return [_token(f" filler{n}", math.log(_LEAST) - n) for n in range(count)]
