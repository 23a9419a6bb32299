"""Which words of the customer's stand in a reply that is glad of them."""

import re
import tomllib
from importlib.resources import files

from stream_service.playbook.case import Case
from stream_service.playbook.cues import Cues
from stream_service.playbook.folding import fold

MAX_KEYWORD_CHARACTERS = 24
MAX_KEYWORDS = 2
"""A reply that quotes more sounds like a machine."""

_QUOTES = {"zh": ("“{}”", "和"), "en": ("“{}”", " and ")}
_HAN = re.compile(r"[\u4e00-\u9fff]")

_WORDS: dict[str, list[str]] = tomllib.loads(
    files("stream_service.playbook").joinpath("quoting.toml").read_text("utf-8")
)
_PRAISE, _UNFIT = Cues(_WORDS["praise"]), Cues(_WORDS["unfit"])

_NEGATED = re.compile(
    r"(?:(?<![a-z])(?:not|no|never|hardly|without|less|isn't|wasn't|aren't|don't|didn't)"
    r"(?: [a-z]{1,12}){0,2} |[不没未无][^\s,.!?;。]{0,3})$"
)
_BEFORE = 40
"""Characters looked at for a negation."""


def quoted_keywords(case: Case, language: str) -> str | None:
    """Up to two keywords of ``case``, quoted, or None where none is fit to be."""
    form, conjunction = _QUOTES.get(language, _QUOTES["en"])
    chosen = [
        form.format(keyword.text)
        for keyword in case.analysis.keywords
        if _is_quotable(keyword.text, case, language)
    ][:MAX_KEYWORDS]
    return conjunction.join(chosen) or None


def _is_quotable(text: str, case: Case, language: str) -> bool:
    # A word of the customer's goes into our reply only when it is harmless and in its language. We
    # say that we are glad of it: of "went smoothly" and not of "death", whatever the whole is.
    if not (
        1 < len(text) <= MAX_KEYWORD_CHARACTERS
        and all(character.isalpha() or character in " -'" for character in text)
        and (bool(_HAN.search(text)) == (language == "zh"))
    ):
        return False
    folded = fold(text)
    if _PRAISE.first_in(folded) is None or _UNFIT.first_in(folded) is not None:
        return False
    at = case.folded_text.find(folded)
    return at < 0 or _NEGATED.search(case.folded_text[max(0, at - _BEFORE) : at]) is None
