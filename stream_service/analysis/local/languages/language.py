"""Telling the language of a text: by its script, by a model, by the publisher's hint."""

import re

from stream_service.analysis.analyst import Language
from stream_service.analysis.local.encoding.preparation import prepare
from stream_service.analysis.local.languages.fast_language import FastLanguage
from stream_service.analysis.local.languages.scripts import Scripts, count_scripts, spaced_words

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

SURE_AGAINST_HINT = 0.75
"""Score from which the model's English is believed in a short text whose hint names another
language of Latin letters: "Super Service" is German, and gets 0.58."""

ENGLISH_SHARE = 0.5
"""Share of common English words from which a text may be English whatever the model says."""

MANY_ENGLISH_WORDS = 4
"""So many, and that share, are English unless the model is very sure of another language: what it
has in common with others ("no", "me", "terrible") mostly comes in twos and threes."""

VERY_SURE = 0.9
"""Such as of "Die Hotline war so arrogant", of whose five words English has four."""

WEIGHT_OF_ANOTHER = 1.5
"""Of the model's score for another language, against the share of English words and the score for
English. With 1 "Horrible experiencia" is English, with 2 "Great, thank you!" is Esperanto."""

ENGLISH_EXCLUDED = 0.05
"""Score for English below which not even the hint "en" makes a text English, where the model knows
its letters at all."""

KNOWN_TO_MODEL = 0.2
"""Score of the likeliest language from which the model knows the letters: of none it says 0.12."""

HINT_OF_ITS_LETTERS = 0.6
"""Certainty that a text which leaves it open is in the hinted language."""

HINT_OF_OTHER_LETTERS = 0.4
"""The same where the hinted language is not written in the text's letters, as "ok" with "zh"."""

CHINESE_SMALL_WORD = re.compile(
    r"[了吗嗎呢很没沒還还怎这這那哪嘅咗唔啲係冇哋喺]|什么|甚麼|不(?!二)|太(?!平|太)|(?<!美)的|我|你"
)
"""A Chinese or Cantonese sentence has one of these; names of brands and people hardly do."""

_ENGLISH = (
    "a an the is was are were be been am i my me we our you your he she they it its this that these"
    " and but or so of to in on at for with from by as have has had do did does not never no can"
    " could will would should when where why how what which who after before because very"
)
ENGLISH_SMALL_WORDS = frozenset(_ENGLISH.split())
"""The same of English."""

LATIN_RUN = re.compile(r"[A-Za-z\u00c0-\u024f'\u2019]+")
HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+")

SURE_OF_MIXED = 0.7
"""Certainty from which a sentence with small words of both languages is told by its letters."""

LIKELIEST = 4
"""Languages that the model is asked for; English among fewer is hardly ever told."""

_OURS = {"yue": "zh", "wuu": "zh", "cmn": "zh", "lzh": "zh", "arz": "ar", "nb": "no", "nn": "no"}
"""Codes of the model and of hints that stand for a language which we know by another code."""

_OTHER_LETTERS = (
    "am ar be bg bn el fa gu he hi hy ja ka kk km kn ko ky lo mk ml mn mr my ne pa ps ru si ta te"
    " tg th uk ur yi zh"
)
_IN_OTHER_LETTERS = frozenset(_OTHER_LETTERS.split())
"""Languages that are not written in Latin letters."""


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
        if scripts.han == east_asian and scripts.han and scripts.latin:
            return self._mixed(visible, scripts, hinted)
        if east_asian * WEIGHT_OF_IDEOGRAPH >= scripts.letters - east_asian:
            return self._east_asian(visible, scripts, hinted)
        return self._spaced(visible, scripts, hinted)

    def _mixed(self, text: str, scripts: Scripts, hinted: str | None) -> Language:
        # Names of things and people are written in their own letters in either language: the
        # language is that of the small words around them.
        chinese = CHINESE_SMALL_WORD.search(text) is not None
        english = not ENGLISH_SMALL_WORDS.isdisjoint(spaced_words(LATIN_RUN.sub(r" \g<0> ", text)))
        if chinese and not english:
            return self._east_asian(text, scripts, hinted)
        if english and not chinese:
            return self._spaced(HAN_RUN.sub(" ", text), scripts, hinted)
        if scripts.han * WEIGHT_OF_IDEOGRAPH >= scripts.letters - scripts.han:
            return self._east_asian(text, scripts, hinted)
        if not chinese:
            # Nouns alone: "Photoshop 闪退" is Chinese, "Broken 小米 phone" is not.
            of_either = hinted in {"en", "zh"}
            return (
                Language(code=hinted, confidence=HINT_OF_ITS_LETTERS)
                if hinted and of_either
                else UNDETERMINED
            )
        told = self._spaced(text, scripts, hinted)
        return told if (told.confidence or 0) >= SURE_OF_MIXED else UNDETERMINED

    def _east_asian(self, text: str, scripts: Scripts, hinted: str | None) -> Language:
        if scripts.hangul > scripts.han + scripts.kana:
            return Language(code="ko", confidence=0.99)
        if scripts.kana > KANA_SHARE * (scripts.han + scripts.kana):
            return Language(code="ja", confidence=0.99)
        if scripts.japanese_forms > scripts.chinese_forms:
            return Language(code="ja", confidence=0.95)
        may_be_japanese = hinted == "ja" and scripts.chinese_forms == 0
        if may_be_japanese and scripts.han <= SHORT_IDEOGRAPHIC:
            return Language(code="ja", confidence=0.6)
        code, score = self._model.guess(text)
        if code == "ja" and may_be_japanese:
            return Language(code="ja", confidence=score)
        # Without kana and Japanese forms it is Chinese, of whatever kind; the model only says how
        # sure that is. Its "ja" says nothing: it is that, by 0.75 and more, for one of 40 Chinese
        # reviews (声音大，物流很快！ has 0.997).
        return Language(code="zh", confidence=max(0.9, score if ours(code) == "zh" else 0.0))

    def _spaced(self, text: str, scripts: Scripts, hinted: str | None) -> Language:
        guesses = [(ours(code), score) for code, score in self._model.guesses(text, most=LIKELIEST)]
        code, score = guesses[0] if guesses else ("und", 0.0)
        if scripts.latin < scripts.letters / 2:
            # A script of its own; the model tells its languages apart well.
            return Language(code=code, confidence=score)
        words = spaced_words(text)
        if hinted in _IN_OTHER_LETTERS and len(words) > 1:
            # Of a sentence in Latin letters the hint "zh" knows nothing.
            hinted = None
        known = sum(word in self._english_words for word in words)
        english = dict(guesses).get("en", 0.0)
        # A single letter is no word of any language.
        told = _told(known, len(words), english, code, score) if scripts.letters > 1 else None
        if hinted is None:
            # A common word or two settle it where the model leaves English open.
            guess = known and 2 * english >= score
            return told or (Language(code="en", confidence=0.4) if guess else UNDETERMINED)
        # Another language than English is believed at once: it brings in a person, where what is
        # no English would be answered.
        if told is not None and (
            told.code in {hinted, "und"}
            or (scripts.letters > SHORT_LETTERS and told.code == code)
            or told.code != "en"
            or (known and english >= SURE_AGAINST_HINT)
        ):
            return told
        if hinted == "en" and english < ENGLISH_EXCLUDED and score >= KNOWN_TO_MODEL:
            return UNDETERMINED
        fits = hinted not in _IN_OTHER_LETTERS
        sure = HINT_OF_ITS_LETTERS if fits else HINT_OF_OTHER_LETTERS
        return Language(code=hinted, confidence=sure)


def _told(known: int, words: int, english: float, code: str, score: float) -> Language | None:
    """What the text itself says, without a hint, or None where it leaves that open."""
    share = known / words if words else 0.0
    against = 0.0 if code == "en" else score
    if share >= ENGLISH_SHARE and (
        (known >= MANY_ENGLISH_WORDS and against < VERY_SURE)
        or share + english >= WEIGHT_OF_ANOTHER * against
    ):
        return Language(code="en", confidence=max(share * 0.9, english if code == "en" else 0.0))
    return Language(code=code, confidence=score) if score >= SURE else None


def primary_language(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag as we know it, or None where it names none."""
    first = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0] if tag else ""
    code = ours(first)
    return None if code == "und" else code


def ours(code: str) -> str:
    """Return the ISO 639-1 code that ``code`` stands for, ``und`` where there is none."""
    known = _OURS.get(code, code)
    return known if re.fullmatch("[a-z]{2}", known) else "und"
