"""Telling the language of a text: by its script, by a model, by the publisher's hint."""

import re

from stream_service.analysis.analyst import Language
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.languages.fast_language import FastLanguage
from stream_service.analysis.local.languages.scripts import Scripts, count_scripts

UNDETERMINED = Language(code="und", confidence=None)

LOOKED_AT = 400
"""Characters that the model sees; more do not change its mind."""

WEIGHT_OF_IDEOGRAPH = 3
"""Letters that one ideograph or kana stands for, where scripts are mixed."""

KANA_SHARE = 0.15
"""Share of kana among kana and ideographs from which a text is Japanese; Chinese texts hold a
single の at times, Japanese sentences have more kana than ideographs."""

SHORT_IDEOGRAPHIC = 8
"""Ideographs up to which Chinese and Japanese cannot be told apart."""

SHORT_LETTERS = 16
"""Letters up to which the model's answer is a guess (below: 3 of 4 short reviews right)."""

SURE = 0.5
"""Score of the model from which it is believed; below, typing at random has languages too."""

ENGLISH_SHARE = 0.5
"""Share of common English words from which a text is English whatever the model says."""

_OURS = {"yue": "zh", "wuu": "zh", "cmn": "zh", "lzh": "zh", "arz": "ar", "nb": "no", "nn": "no"}
"""Codes of the model and of hints that stand for a language which we know by another code."""

_WORD = re.compile(r"[A-Za-z']+")


class LanguageReader:
    """Tells languages. Thread-safe: it is only read."""

    def __init__(self, english_words: frozenset[str]) -> None:
        """``english_words``: common ones, lower case; they settle what is short."""
        self._model = FastLanguage()
        self._english_words = english_words

    def read(self, text: str, hint: str | None) -> Language:
        """Tell the language of ``text``; the hint decides where the text leaves it open."""
        visible = prepare(text)[:LOOKED_AT]
        scripts = count_scripts(visible)
        hinted = primary_language(hint)
        if scripts.letters == 0:
            return Language(code=hinted, confidence=None) if hinted else UNDETERMINED
        east_asian = scripts.han + scripts.kana + scripts.hangul
        if east_asian * WEIGHT_OF_IDEOGRAPH >= scripts.letters - east_asian:
            return self._east_asian(visible, scripts, hinted)
        return self._spaced(visible, scripts, hinted)

    def _east_asian(self, text: str, scripts: Scripts, hinted: str | None) -> Language:
        if scripts.hangul > scripts.han + scripts.kana:
            return Language(code="ko", confidence=0.99)
        if scripts.kana > KANA_SHARE * (scripts.han + scripts.kana):
            return Language(code="ja", confidence=0.99)
        if hinted == "ja" and scripts.han <= SHORT_IDEOGRAPHIC:
            return Language(code="ja", confidence=0.6)
        code, score = self._model.guess(text)
        if code == "ja" and hinted == "ja":
            return Language(code="ja", confidence=score)
        # Without kana it is Chinese, of whatever kind; the model only says how sure that is.
        return Language(code="zh", confidence=max(0.9, score if ours(code) == "zh" else 0.0))

    def _spaced(self, text: str, scripts: Scripts, hinted: str | None) -> Language:
        code, score = self._model.guess(text)
        code = ours(code)
        if scripts.latin < scripts.letters / 2:
            # A script of its own; the model tells its languages apart well.
            return Language(code=code, confidence=score)
        if scripts.letters <= SHORT_LETTERS and hinted:
            return Language(code=hinted, confidence=0.6)
        words = [word.lower() for word in _WORD.findall(text)]
        known = sum(word in self._english_words for word in words)
        share = known / len(words) if words else 0.0
        if share >= ENGLISH_SHARE and scripts.letters > 1:
            return Language(code="en", confidence=max(share * 0.9, score if code == "en" else 0.0))
        if score >= SURE:
            return Language(code=code, confidence=score)
        if hinted:
            return Language(code=hinted, confidence=0.5)
        return Language(code="en", confidence=0.4) if known else UNDETERMINED


def primary_language(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag as we know it, or None where it names none."""
    first = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0] if tag else ""
    code = ours(first)
    return None if code == "und" else code


def ours(code: str) -> str:
    """Return the ISO 639-1 code that ``code`` stands for, ``und`` where there is none."""
    known = _OURS.get(code, code)
    return known if re.fullmatch("[a-z]{2}", known) else "und"
