"""Times within which something is promised: ``within 24 hrs``, ``one to two days``, ``几天内``."""

import re
from collections.abc import Iterable, Iterator

_HOURS = {
    1 / 60: ("minutes", "minute", "mins", "min", "分钟"),
    1.0: ("hours", "hour", "hrs", "hr", "h", "个小时", "小时", "个钟头", "钟头"),
    24.0: (
        *("business days", "business day", "working days", "working day", "weekdays", "weekday"),
        *("days", "day", "个工作日", "工作日", "天", "日"),
    ),
    168.0: ("weeks", "week", "wks", "wk", "周", "个星期", "星期", "个礼拜", "礼拜"),
    720.0: ("months", "month", "个月"),
}
_HOURS_OF_UNIT = {unit: hours for hours, units in _HOURS.items() for unit in units}
_UNITS_OF_WORK = tuple(
    unit
    for unit in _HOURS_OF_UNIT
    if unit.startswith(("business", "working", "weekday")) or "工" in unit
)

_UP_TO_NINETEEN = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VAGUE = 9.0
"""What ``a few`` and ``几`` may be at most: a limit that such a promise keeps in any case."""

_ENGLISH_COUNTS = (
    {"a": 1.0, "an": 1.0, "half a": 0.5, "half an": 0.5, "a couple of": 2.0, "couple of": 2.0}
    | dict.fromkeys(("a few", "few", "several", "some", "a handful of"), _VAGUE)
    | {word: float(number) for number, word in enumerate(_UP_TO_NINETEEN, 1)}
    | {word: 10.0 * number for number, word in enumerate(_TENS, 2)}
    | {
        f"{ten}{joint}{one}": 10.0 * tens + ones
        for tens, ten in enumerate(_TENS, 2)
        for ones, one in enumerate(_UP_TO_NINETEEN[:9], 1)
        for joint in ("-", " ")
    }
)
_CHINESE_DIGITS = {
    digit: value
    for value, digits in enumerate(("零〇", "一", "二两", *"三四五六七八九"))
    for digit in digits
}
_CHINESE_COUNT = r"[零〇一二两三四五六七八九十百]{1,7}|半|几|数|若干"


def _alternatives(words: Iterable[str]) -> str:
    # Longer ones first: "five days" must not be read as "five d".
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


SPELT_COUNT = rf"(?:{_alternatives((*_UP_TO_NINETEEN, *_TENS, 'hundred', 'thousand', 'million'))})"
"""One word of a number that is spelt out in English; a sum may have several of them."""

_COUNT = rf"(?:\d{{1,6}}(?:\.\d{{1,3}})?|{_alternatives(_ENGLISH_COUNTS)}|{_CHINESE_COUNT})"
_TO = r"\s{0,2}(?:-|~|/|to|or|and|至|到|或|、)\s{0,2}"


def _span(units: Iterable[str]) -> str:
    return (
        rf"(?P<least>{_COUNT})(?:{_TO}(?P<most>{_COUNT}))?"
        rf"[\s-]{{0,2}}(?P<unit>{_alternatives(units)})(?![a-z0-9])"
    )


_BOUND = (
    r"(?:within|in|inside|under|takes?|taking|allow|up to|no later than|at most|maximum of"
    r"|(?:over|during|for) the (?:next|coming|following)"
    r"|预计|需要?|请(?:耐心)?等[待候]|最快|最迟|最晚|最多|至多|不超过)"
)
_SOFTENED = (
    r"(?:(?:the next|the coming|the following|less than|no more than|at most|up to|about|around"
    r"|approximately|roughly|a maximum of|only|just)\s|大?约|大概){0,2}\s{0,2}"
)
_USE = "to (?:charge|set|load|cook|dry|assemble|boot|heat|connect|install|clean|fill|warm|start)"
"""What a thing is used for takes its time, and nobody promises it."""
_DEADLINES = (
    re.compile(
        rf"(?<![a-z0-9])(?<!last )(?<!lasts )(?<!lasted ){_BOUND}"
        rf"\s{{0,2}}{_SOFTENED}{_span(_HOURS_OF_UNIT)}(?! {_USE})"
    ),
    re.compile(
        rf"(?<![a-z0-9.]){_span(_HOURS_OF_UNIT)}\s{{0,2}}(?:之内|以内|内|之后|后|左右(?=[会将可就给为答回]))"
    ),
    # Nobody tells of what was in working days: they are a promise wherever they stand.
    re.compile(rf"(?<![a-z0-9.]){_span(_UNITS_OF_WORK)}"),
)


def deadlines_in(folded: str) -> Iterator[tuple[str, float]]:
    """Times within which something is promised in a folded text, with their hours at most."""
    if not any(unit in folded for unit in _HOURS_OF_UNIT):
        return
    for pattern in _DEADLINES:
        for match in pattern.finditer(folded):
            most = max(_count(match[name]) for name in ("least", "most") if match[name])
            yield match[0], most * _HOURS_OF_UNIT[match["unit"]]


def _count(spelt: str) -> float:
    if spelt[0].isdecimal() and spelt[0].isascii():
        return float(spelt)
    if (known := _ENGLISH_COUNTS.get(spelt)) is not None:
        return known
    if spelt == "半":
        return 0.5
    if spelt in {"几", "数", "若干"}:
        return _VAGUE
    return _chinese_number(spelt)


def _chinese_number(spelt: str) -> float:
    total, digit = 0, 0
    for character in spelt:
        if character in "十百":
            total += max(digit, 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            # "三五天" names two: the greater one counts.
            digit = max(digit, _CHINESE_DIGITS[character])
    return float(total + digit)
