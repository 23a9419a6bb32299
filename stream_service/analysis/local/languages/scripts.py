"""Which scripts a text is written in."""

import re
from dataclasses import dataclass

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class Scripts:
    """Letters of a text, counted by script."""

    han: int
    kana: int
    hangul: int
    latin: int
    letters: int
    """Letters of any script."""


def count_scripts(text: str) -> Scripts:
    """Count the letters of ``text`` by script."""
    return Scripts(
        han=len(_HAN.findall(text)),
        kana=len(_KANA.findall(text)),
        hangul=len(_HANGUL.findall(text)),
        latin=len(_LATIN.findall(text)),
        letters=sum(map(str.isalpha, text)),
    )
