"""Which scripts a text is written in."""

import re
from dataclasses import dataclass

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def _encodable(characters: str, encoding: str) -> frozenset[str]:
    return frozenset(characters.encode(encoding, "ignore").decode(encoding))


_IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0xA000)))
_USED_IN_JAPAN = _encodable(_IDEOGRAPHS, "cp932")

JAPANESE_FORMS = (
    _USED_IN_JAPAN - _encodable(_IDEOGRAPHS, "gb2312") - _encodable(_IDEOGRAPHS, "big5")
)
"""Ideographs as only Japanese writes them, such as 対応変発遅: its national set of characters has
them, and neither the simplified nor the traditional Chinese one does. Of 3,924 Chinese reviews and
questions two hold one, each beside more that Japanese lacks."""

CHINESE_FORMS = frozenset(_IDEOGRAPHS) - _USED_IN_JAPAN
"""Ideographs that Japanese does not write, such as 这说贵."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """Letters of a text, counted by script."""

    han: int
    kana: int
    hangul: int
    latin: int
    letters: int
    """Letters of any script."""
    japanese_forms: int
    """Of the ideographs, those that only Japanese writes so."""
    chinese_forms: int
    """Of the ideographs, those that Japanese does not write."""


def count_scripts(text: str) -> Scripts:
    """Count the letters of ``text`` by script."""
    return Scripts(
        han=len(_HAN.findall(text)),
        kana=len(_KANA.findall(text)),
        hangul=len(_HANGUL.findall(text)),
        latin=len(_LATIN.findall(text)),
        letters=sum(map(str.isalpha, text)),
        japanese_forms=sum(character in JAPANESE_FORMS for character in text),
        chinese_forms=sum(character in CHINESE_FORMS for character in text),
    )


def spaced_words(text: str) -> list[str]:
    """The words of a text that is written with spaces, of whatever letters, in lower case."""
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]
