"""Facts in a text that a reply must not make up: links, addresses, numbers, sums, times."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream_service.playbook.folding import fold

_LINK = re.compile(
    r"(?:https?://|ftp://|www\.)\S+"
    r"|\]\(\s*\S+\)"  # Markdown links, whatever they point to
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:com|net|org|io|cn|co|uk|de|info|biz|xyz|top|shop|site"
    r"|online|app|me|ru|example|link|click|vip|cc|tv|ly|gl)\b(?:/\S*)?"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[\s().-]{0,2}\d){6,17}(?!\w)")
"""Seven digits or more, as in a telephone number, a card or an account."""
_SHORT_CODE = re.compile(r"(?:call|dial|phone|text|致电|拨打|电话)\s*:?\s*(\d{3,6})(?!\d)")

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CHINESE_NUMBER = r"[零一二两三四五六七八九十百千万]+"
_CURRENCIES = (
    *("us$", "hk$", "$", "€", "£", "¥", "usd", "eur", "gbp", "cny", "rmb", "dollar", "euro"),
    *("pound", "yuan", "buck", "美元", "欧元", "英镑", "人民币", "元", "块钱"),
)
_CURRENCY = "|".join(re.escape(currency) for currency in _CURRENCIES)
_MONEY = re.compile(
    rf"(?:{_CURRENCY})\s*({_NUMBER})|({_NUMBER}|{_CHINESE_NUMBER})\s*(?:{_CURRENCY})"
)
_PERCENT = re.compile(
    rf"(?:{_NUMBER})\s*(?:%|percent)|百分之\s*(?:{_NUMBER}|{_CHINESE_NUMBER})"
    rf"|(?:\d|[一二三四五六七八九])折"
)

_PERCENT_SIGNS = ("%", "percent", "百分之", "折")

_TIME_UNITS_HOURS = {
    "minute": 1 / 60,
    "min": 1 / 60,
    "hour": 1.0,
    "business day": 24.0,
    "working day": 24.0,
    "day": 24.0,
    "week": 168.0,
    "month": 720.0,
    "分钟": 1 / 60,
    "小时": 1.0,
    "个小时": 1.0,
    "个工作日": 24.0,
    "工作日": 24.0,
    "天": 24.0,
    "日": 24.0,
    "周": 168.0,
    "星期": 168.0,
    "个星期": 168.0,
    "个月": 720.0,
}
_WORD_NUMBERS = {
    word: float(number)
    for number, words in {
        0.5: ("half an", "half a", "半"),
        1: ("one", "a", "an", "一"),
        2: ("two", "a couple of", "两", "二"),
        3: ("three", "三"),
        4: ("four", "四"),
        5: ("five", "五"),
        6: ("six", "六"),
        7: ("seven", "七"),
        8: ("eight", "八"),
        9: ("nine", "九"),
        10: ("ten", "十"),
        14: ("fourteen", "十四"),
        15: ("fifteen", "十五"),
        24: ("twenty-four", "二十四"),
        30: ("thirty", "三十"),
        48: ("forty-eight", "四十八"),
    }.items()
    for word in words
}


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_COUNT = rf"(\d+(?:\.\d+)?|{_alternatives(_WORD_NUMBERS)})"
_UNIT = rf"({_alternatives(_TIME_UNITS_HOURS)})"
_TO = r"(?:\s*(?:-|to|or|至|到|~)\s*\d+)?"
_DEADLINE = re.compile(
    rf"\b(?:within|in|inside|under)\s+(?:the next\s+|less than\s+|no more than\s+|about\s+)?"
    rf"{_COUNT}{_TO}\s*{_UNIT}s?\b"
    rf"|{_COUNT}{_TO}\s*{_UNIT}(?:之内|以内|内|后)"
)


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """The facts that some texts state."""

    contacts: frozenset[str]
    """Links, e-mail addresses and telephone numbers, folded."""
    sums: frozenset[str]
    deadlines: frozenset[str]
    text: str
    """The texts themselves, folded, one a line."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> "StatedFacts":
        """Collect the facts of ``texts``."""
        folded = [fold(text) for text in texts]
        return cls(
            contacts=frozenset(found for text in folded for found in contacts_in(text)),
            sums=frozenset(found for text in folded for found, _ in sums_in(text)),
            deadlines=frozenset(found for text in folded for found, _ in deadlines_in(text)),
            text="\n".join(folded),
        )


def contacts_in(folded: str) -> Iterator[str]:
    """Links, e-mail addresses and telephone numbers in a folded text."""
    patterns = (_EMAIL, _LINK, _PHONE, _SHORT_CODE)
    for pattern in patterns if "@" in folded else patterns[1:]:
        for match in pattern.finditer(folded):
            yield match[0].rstrip(".,;:!?)\"'。】")


def sums_in(folded: str) -> Iterator[tuple[str, float | None]]:
    """Sums of money and percentages in a folded text, with the amount where it is in digits."""
    # Plain searches first: they are some times quicker, and most texts hold nothing of the kind.
    if any(currency in folded for currency in _CURRENCIES):
        for match in _MONEY.finditer(folded):
            digits = match[1] or match[2]
            amount = float(digits.replace(",", "")) if digits[0].isascii() else None
            yield match[0], amount
    if any(sign in folded for sign in _PERCENT_SIGNS):
        for match in _PERCENT.finditer(folded):
            yield match[0], None


def deadlines_in(folded: str) -> Iterator[tuple[str, float]]:
    """Times within which something is promised in a folded text, with their hours."""
    if not any(unit in folded for unit in _TIME_UNITS_HOURS):
        return
    for match in _DEADLINE.finditer(folded):
        count, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        amount = _WORD_NUMBERS.get(count)
        hours = _TIME_UNITS_HOURS[unit] * (float(count) if amount is None else amount)
        yield match[0], hours
