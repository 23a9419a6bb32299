"""Personal details are masked before a text leaves for the model, and put back in nothing but the
reply."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, repeat

import phonenumbers

_WIDE = r"\u2e80-\uff0f\uff5b-\U0003ffff"
"""Scripts without spaces: what touches an address is the customer's sentence. The Latin letters
among them, of full width, are letters of an address like any other."""

_WIDE_LETTER = rf"(?:(?=[{_WIDE}])[^\W\d_])"
_OTHER_LETTER = rf"(?:(?![{_WIDE}])[^\W\d_])"

_WIDE_ENDINGS = (
    "ファッション|嘉里大酒店|アマゾン|クラウド|グーグル|ポイント|组织机构|電訊盈科|香格里拉|みんな"
    "|ストア|セール|中文网|亚马逊|天主教|我爱你|新加坡|淡马锡|飞利浦|コム|世界|中信|中国|中國|企业"
    "|佛山|信息|健康|八卦|公司|公益|台湾|台灣|商城|商店|商标|嘉里|在线|大拿|娱乐|家電|广东|微博"
    "|慈善|手机|招聘|政务|政府|新闻|时尚|書籍|机构|游戏|澳門|澳门|点看|移动|網絡|網路|网址|网店"
    "|网站|网络|联通|臺灣|谷歌|购物|通販|集团|食品|餐厅|香港|닷넷|닷컴|삼성|한국"
)
"""Top-level domains in such scripts (of the Public Suffix List), the longer ones first; there, only
a known one tells where an address ends."""

_AT, _DOT = "[@\uff20]", "[.\uff0e\uff61]"
"""With the forms of full width that input methods for such scripts write."""

_LABEL = rf"[\w-]{{1,63}}{_DOT}"

_EMAIL = re.compile(
    rf"(?:(?:(?![{_WIDE}])[\w.+-]){{1,64}}|{_WIDE_LETTER}{{1,6}}){_AT}"
    rf"(?:(?:{_LABEL}){{1,8}}(?:xn--[a-z0-9-]{{2,59}}|{_OTHER_LETTER}{{2,24}}|{_WIDE_ENDINGS})"
    rf"|(?:{_LABEL}){{0,7}}{_WIDE_LETTER}{{1,63}}{_DOT}{_WIDE_LETTER}{{2}})",
    re.I,
)
"""How far a name in wide characters goes to the left nobody can tell: they are short, hence six.
Where an ending that is on no list ends nobody can tell either: two characters of a sentence are a
smaller loss than an address."""

_BETWEEN = r"[ \u00a0\u2007\u2009\u202f.\u00b7\u2010-\u2014-]"
"""What people and web pages put between groups of digits."""

_CARD = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}?\d){{12,18}}(?!\d)")
"""13 to 19 digits (ISO/IEC 7812), as people group them."""

_IDENTITY = re.compile(
    rf"(?<![0-9a-z])[1-9]\d{{5}}{_BETWEEN}?(?:19|20)\d\d{_BETWEEN}?(?:0[1-9]|1[0-2])"
    rf"{_BETWEEN}?(?:0[1-9]|[12]\d|3[01]){_BETWEEN}?\d{{3}}[\dx](?![0-9a-z])",
    re.I | re.ASCII,
)
"""A resident's identity number of China (GB 11643): a place, a day of birth, a number, a check."""

_NAMED_IDENTITY = re.compile(
    r"(?:身[份分][证證]|护照|護照|通行[证證]|回[乡鄉][证證]|居留[证證]|passport|id card"
    r"|identity card|social security|ssn|hkid)"
    r"(?:\s?(?:号码?|號碼?|字[号號]|number|no\.?))?(?:[\s:：#是为為]|is){0,4}"
    r"((?=[a-z]{0,3}[\d -]*\d{4})[a-z]{0,3}\d(?:[ -]?\d){5,17}(?:\(?[\dax]\)?)?)(?![0-9a-z])",
    re.I | re.ASCII,
)
"""Those of others have no form of their own: the word before one tells."""

_DIGITS = re.compile(r"\d")

_FEWEST_PHONE_DIGITS = 7
"""Fewer are no number that the matcher would find; it takes a millisecond, most texts have none."""

_REGION_OF = {"zh": "CN", "en": "US"}
"""Where a number without a country's prefix is from, by the text's language."""

_OTHER_REGIONS = ("TW", "HK", "MO", "SG", "GB", "AU", "IN")
"""Where the same languages are written too."""

_CHINESE_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
"""The matcher leaves a number that touches letters, as in wx13812345678."""

_WRITTEN_NUMBER = re.compile(r"(?<![\w+])[+(]?\d(?:[ ()\u00a0-]{0,2}\d){6,13}(?![\w])", re.ASCII)
_MOST_LOOKED_UP = 20
"""Of one text; each takes up to half a millisecond."""

_LIKE_A_PHONE = re.compile(r"^[+(]?0|\d[\s-]\d|[()]")
_PHONE_WORD = re.compile(
    r"(?:phone|mobile|cell|tel|call|whatsapp|text|ring|dial|[电電][话話]|手[机機]|[联聯][系繫絡络]"
    r"|致[电電]|打)"
    r"[^\d\n]{0,12}$",
    re.I,
)
"""There seven or eight digits are a whole number, as an order's are: its form, or a word before
it, must say that it is a telephone's."""
_WORD_REACH = 24
"""Characters before a number in which such a word may stand."""

_PLACEHOLDER = re.compile(r"\[(?:EMAIL|PHONE|CARD)_\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its personal details."""

    text: str
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    """The details by their placeholders."""

    def restored(self, reply: str) -> str:
        """``reply`` with the details in place of their placeholders; unknown ones are left."""
        return _PLACEHOLDER.sub(lambda match: self.details.get(match[0], match[0]), reply)


def masked(text: str, language: str | None) -> Masked:
    """Mask e-mail addresses, numbers of cards (by their check digit), of identity cards, and of
    telephones."""
    details: dict[str, str] = {}
    placeholders: dict[str, str] = {}

    def placeholder(kind: str, found: str) -> str:
        if found not in placeholders:
            mark = f"[{kind}_{sum(kind in mark for mark in details) + 1}]"
            placeholders[found] = mark
            details[mark] = found
        return placeholders[found]

    text = _EMAIL.sub(lambda match: placeholder("EMAIL", match[0]), text)
    text = _IDENTITY.sub(lambda match: placeholder("CARD", match[0]), text)
    text = _NAMED_IDENTITY.sub(
        lambda match: match[0].replace(match[1], placeholder("CARD", match[1])), text
    )
    text = _CARD.sub(
        lambda match: placeholder("CARD", match[0]) if has_check_digit(match[0]) else match[0], text
    )
    for number in _phone_numbers(text, language):
        text = text.replace(number, placeholder("PHONE", number))
    return Masked(text, details)


def has_check_digit(number: str) -> bool:
    """Whether the digits of ``number`` end with the check digit of ISO/IEC 7812 (Luhn)."""
    total = 0
    for position, digit in enumerate(reversed(_DIGITS.findall(number))):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _phone_numbers(text: str, language: str | None) -> Iterator[str]:
    if len(_DIGITS.findall(text)) < _FEWEST_PHONE_DIGITS:
        return
    region = _REGION_OF.get((language or "en").split("-")[0], "US")
    seen: set[str] = set()
    for one in dict.fromkeys((region, "CN", "US")):
        for match in phonenumbers.PhoneNumberMatcher(text, one):
            if match.raw_string not in seen:
                seen.add(match.raw_string)
                yield match.raw_string
    for mobile in dict.fromkeys(_CHINESE_MOBILE.findall(text)):
        if mobile not in seen:
            seen.add(mobile)
            yield mobile
    for match in islice(_WRITTEN_NUMBER.finditer(text), _MOST_LOOKED_UP):
        before = text[max(0, match.start() - _WORD_REACH) : match.start()]
        is_named = _LIKE_A_PHONE.search(match[0]) or _PHONE_WORD.search(before)
        if (
            is_named
            and match[0] not in seen
            and any(map(_is_number, _OTHER_REGIONS, repeat(match[0])))
        ):
            seen.add(match[0])
            yield match[0]


def _is_number(region: str, written: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False
