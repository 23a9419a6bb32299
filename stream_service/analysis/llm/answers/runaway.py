"""Answers that end in one thing over and over: a small model's way of never coming to an end."""

_LONGEST_UNIT = 200
"""Characters of what is repeated: a list's entry, a sentence or two."""

_LEAST_TIMES = 4
_LEAST_CHARACTERS = 120
"""Of all repetitions together: no summary, draft or number looks so."""


def before_repetition(text: str) -> str | None:
    """What stands before the repetition in which ``text`` ends; None where it ends in none."""
    for length in range(1, min(_LONGEST_UNIT, len(text)) + 1):
        unit = text[-length:]
        times = max(_LEAST_TIMES, -(-_LEAST_CHARACTERS // length))
        if text.endswith(unit * times):
            end = len(text)
            while text.endswith(unit, 0, end):
                end -= length
            return text[:end]
    return None
