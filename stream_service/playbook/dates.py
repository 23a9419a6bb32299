"""Dates and hours that something is promised for: ``by 3 May``, ``on Friday``, ``5月3日前``.

A date alone promises nothing: customers tell on which day they ordered, and a reply repeats it. It
is a promise where its sentence says before it what will be, and after that nothing of what was, or
of looking into that; or where it is called the last one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?:19|20)\d\d)?"
_WEEKDAY = (
    r"(?<! a )(?<!any )(?<!every )(?<!each )(?<!last )(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_FEAST = (
    r"(?:christmas|easter|thanksgiving|(?:chinese )?new year(?:'s)?(?: day| eve)?"
    r"|the (?:spring festival|national day|(?:public |bank )?holidays?|weekend))"
)
_POINT = (
    rf"(?:(?:{_WEEKDAY},? )?(?:(?:the )?{_DAY}(?: of)? {_MONTH}|{_MONTH} (?:the )?{_DAY}){_YEAR}"
    r"|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:20)?\d\d"
    r"|the (?:end|beginning|start|middle) of (?:the |this |next )?"
    rf"(?:{_MONTH}|day|week|month|year|quarter)"
    rf"|(?:early|mid|late)[ -]{_MONTH}|(?:month|year|day)'s end|eod|eob|cob|{_WEEKDAY}"
    r"|\d{1,2}(?::[0-5]\d)? ?(?:am|pm|a\.m|p\.m|o'clock)|(?:[01]?\d|2[0-3]):[0-5]\d)(?![a-z0-9])"
)
_AFTER_A_WORD = (
    rf"(?:{_POINT}|{_FEAST}(?![a-z])|\d{{1,2}}/\d{{1,2}}(?![\d/])"
    r"|the \d{1,2}(?:st|nd|rd|th)(?= (?:and|at|so|or|we|you|if) |[,.!;?]|$))"
)
_LAST = re.compile(
    rf"(?<![a-z])(?:by|no later than|not later than|latest(?: by)?)(?: around| about| the latest)?"
    rf" (?:{_AFTER_A_WORD}|{_MONTH}(?![a-z]))|(?<![a-z0-9]){_POINT} at the (?:very )?latest"
)
_THEN = re.compile(
    rf"(?<![a-z])(?:on|at|before|until|till|after|over|around) {_AFTER_A_WORD}"
    rf"|(?<![a-z0-9/.-]){_POINT}|(?<![a-z])(?:in|before|until) {_MONTH}(?![a-z0-9])"
)
_WILL = re.compile(
    r"(?<![a-z])(?:(?<!if you )will|shall|going to|gonna|expect|aim|hope to|plan to|intend to"
    r"|should (?:be|get|reach|arrive|receive|see|hear|have (?=it|your|the|this|every))"
    r"|(?:is|are) (?:due|scheduled|planned|booked)|arrives|ships"
    r"|(?:have|stay open|(?:is|are) valid) until"
    r"|can (?:collect|pick|expect))(?![a-z])|'ll(?![a-z])"
)
_WAS = re.compile(
    r"(?<![a-z])(?:was|were|had|did|has|have been|(?:could|would) have"
    r"|should have (?!it|your|the|this|every)|promised|supposed|expected|told|said|asked|wanted"
    r"|need(?:ed)?|requested|hoped|happened|ordered|placed|bought|purchased|arrived|received|dated"
    r"|since|what|why|how|when|which|whether|because"
    r"|(?:look|check|digg?)(?:s|ing)?(?! (?:into |on |in )?(?:it|this|that|everything)(?![a-z]))"
    r"|investigat\w*|trac(?:e|ing)|examin\w*|clarif\w*|shar(?:e|ing)|pass|forward|understand"
    r"|(?:your|the) (?:order|visit|stay|delivery|purchase|call|message|booking|flight|review)"
    r")(?![a-z])|n't(?![a-z])"
)
_SENTENCE_END = re.compile(r"[!?;\n]+|(?<![ap]\.m)\.(?=\s|$)")
_HINT = re.compile(
    r"\d|day|month|year|week|christmas|easter|thanksgiving|festival|of"
    rf"|(?<![a-z])(?:eod|eob|cob|{_MONTH})"
)
"""Without one of these there is no date, and most sentences have none."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十廿]{1,3})"
_OF_THE_DAY = r"(?:凌晨|早上|上午|中午|下午|傍晚|晚上|晚间|今晚|当晚)"
_HOUR = (
    rf"(?:{_OF_THE_DAY}{_NUMBER}[点时](?:半|整|钟|{_NUMBER}分?)?"
    # 三点建议 are three suggestions, 一点 is a little.
    rf"|(?!一[点时]){_NUMBER}[点时](?:半|整|钟|{_NUMBER}分|(?=之?前|以前|左右|之后|准时))"
    r"|(?:[01]?\d|2[0-3]):[0-5]\d)"
)
_HAN_POINT = (
    rf"(?:(?:\d{{4}}年)?{_NUMBER}月(?:份?(?:[初中底末]|[上中下]旬)|{_NUMBER}[日号]?)"
    rf"(?:\((?:周|星期)[一二三四五六日天]\))?(?:{_HOUR})?"
    rf"|(?<![\d第]){_NUMBER}号(?=之?前|以前|会|将|送|发|到)|{_OF_THE_DAY}?{_HOUR}"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|春节|国庆|五一|十一|元旦|中秋|端午|清明|圣诞|双(?:十一|11|十二|12)|过年|长假|假期|节后|节前"
    r"|月[初底末]|[上中下]旬|年[初底末])"
)
_HAN_LAST = re.compile(
    rf"(?:截[至止]|不[晚迟]于|最[迟晚]|赶在)[到在]?{_HAN_POINT}|{_HAN_POINT}(?:之前|以前|前|截止)"
)
_HAN_THEN = re.compile(rf"{_HAN_POINT}(?:之后|以后|后|期间|左右|起)?")
_HAN_WILL = re.compile(
    r"(?<![机社体协误领])会(?![员议计籍费])|将|预[计期]|(?<![功可性])能(?![量源力])|可[以在于]|安排|争取"
    r"|保证|确保|尽量|(?<![申邀])请|务必|定于|约定|计划|力争|有望"
)
_HAN_WAS = re.compile(
    r"没|未|曾|承诺|说|原[定本]|[本]应|应该|应于|本该|迟迟|一直|当时|核[实查对]|了解|查[询看清明]|调查|跟进"
    r"|反[馈映]|转[交告达]|关于|下单|购买|预订|入住|提到"
)
_TOLD = re.compile(
    r"(?!给|为|会|将|答|回|处|向|把).{0,5}?(?:的|没|未|下单|购买|付款|拍下|预[订定]|入住|提交|就坏|才|仍|还)"
)
"""What follows a date of the customer's."""
_DONE = re.compile(
    r"会(?!员)|将|[\u3400-\u9fff]{0,4}?(?:完成|处理|答复|回复|回覆|联系|送达|送到|到货|到达|发货|发出|寄出|安排|办理"
    r"|修好|修复|解决|退|补|换|上线|恢复|给您|为您|告知|通知|收到)"
)
_GOES_ON = re.compile(r"(?:就?会(?!员)|将|给您|为您|(?:可以?|准时|左右)(?:送达|收到|发货|到货))")
_CLAUSE_END = re.compile(r"[!?;,。\n]|\.(?=\s|$)")


def dates_in(lines: str) -> Iterator[str]:
    """Dates and hours that something is promised for in a text that was folded line by line."""
    for sentence in _SENTENCE_END.split(lines):
        if _HINT.search(sentence) is not None:
            yield from _english(sentence)
    if _HAN.search(lines) is not None:
        for clause in _CLAUSE_END.split(lines):
            yield from _chinese(clause)


def _english(sentence: str) -> Iterator[str]:
    will, was = _places(_WILL, sentence), _places(_WAS, sentence)
    for match in _LAST.finditer(sentence):
        if _latest(will, match) >= _latest(was, match):
            yield match[0]
    for match in _THEN.finditer(sentence):
        if _latest(will, match) > _latest(was, match):
            yield match[0]


def _chinese(clause: str) -> Iterator[str]:
    will, was = _places(_HAN_WILL, clause), _places(_HAN_WAS, clause)
    for match in _HAN_LAST.finditer(clause):
        ahead = _latest(will, match) - _latest(was, match)
        is_told = _TOLD.match(clause, match.end()) is not None
        is_done = _DONE.match(clause, match.end()) is not None
        if not is_told and (ahead > 0 or (is_done and ahead == 0)):
            yield match[0]
    for match in _HAN_THEN.finditer(clause):
        ahead = _latest(will, match) - _latest(was, match)
        goes_on = _GOES_ON.match(clause, match.end()) is not None
        if goes_on or (ahead > 0 and _TOLD.match(clause, match.end()) is None):
            yield match[0]


def _places(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.start() for match in pattern.finditer(text)]


def _latest(places: list[int], match: re.Match[str]) -> int:
    """The last of ``places`` before ``match``, or -1."""
    position = bisect_left(places, match.start())
    return places[position - 1] if position else -1
