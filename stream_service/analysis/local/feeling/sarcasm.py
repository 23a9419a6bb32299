"""Turns of phrase by which praise means its opposite."""

import re
from collections.abc import Callable

LONGEST = 160
"""Characters: sarcasm is short; in a long review the same words are mostly meant."""

_PRAISE = "great|wonderful|lovely|fantastic|brilliant|awesome|perfect|excellent|superb"
_ENGLISH = re.compile(
    r"\b(?:sarcasm|irony|just what i needed|thanks for nothing|slow clap|lucky me|so much for|"
    r"(?:five|5) stars for|top marks for|how (?:nice|kind|thoughtful) of you|"
    rf"(?:{_PRAISE})[,.!]*\s+"
    r"(?:another|yet another|broken|late|lost|cancel+ed|delayed|third|again))\b",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    "呵呵|佩服|可真行|真有你们的|服了你们|我服了|真服了|给跪|长见识了|开眼了|太感谢你们|谢谢你们全家"
)


def is_sarcastic(prepared: str, reports_trouble: Callable[[str], bool]) -> bool:
    """Whether a short text has two such turns, or one beside a trouble of another word."""
    if len(prepared) > LONGEST:
        return False
    rest, english = _ENGLISH.subn(" ", prepared)
    rest, chinese = _CHINESE.subn(" ", rest)
    turns = english + chinese
    return turns >= 2 or (turns == 1 and reports_trouble(rest))
