"""Facts in a text that a reply must not make up: links, addresses, accounts, numbers, sums."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream_service.playbook.durations import SPELT_COUNT, deadlines_in
from stream_service.playbook.folding import fold

_TOP_LEVELS = (
    "com|net|org|info|biz|xyz|top|shop|store|site|website|online|app|page|link|click|vip|tech|dev"
    "|cloud|live|help|support|chat|group|club|pro|mobi|asia|world|space|fun|ltd|icu|email|news"
    "|blog|wiki|deals|sale|market|money|cash|bank|pay|gov|edu|example"
)
_TWO_LETTERS = r"(?!(?:if|of|on|or|an|we|he|go|up|oh|ok)(?![a-z]))[a-z]{2}"
"""Countries' endings, but no country's: a word after a full stop that lacks its space."""

# ASCII throughout: Chinese touches what stands in it, and belongs to no address.
_LINK = re.compile(
    r"(?:https?://|ftp://|www\.)(?:[!-~]+|\S+)"
    r"|\]\(\s*\S+\)"  # Markdown links, whatever they point to
    rf"|(?<![a-z0-9-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}(?:{_TOP_LEVELS})(?![a-z0-9_-])(?:/[!-~]*)?"
    r"|(?<![a-z0-9-])(?:[a-z0-9-]{1,63}\.){0,4}(?=[0-9-]{0,63}[a-z])[a-z0-9-]{1,63}"
    rf"\.{_TWO_LETTERS}(?![a-z0-9_-])(?:/[!-~]*)?"
    r"|[a-z0-9]\s?(?:\(dot\)| dot )\s?(?:com|net|org|io|cn|co)(?![a-z0-9])"
    r"|[\u3400-\u9fff]\.(?:中国|公司|网络|网址|在线|商城|商店)"
)
_EMAIL = re.compile(
    r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}|[^\s@.]{1,63}\.[^\s@]{1,63})"
)
_PHONE = re.compile(r"(?<![a-z0-9_.])\+?\(?\d(?:[\s().-]{0,2}\d){6,17}(?![a-z0-9_])")
"""Seven digits or more, as in a telephone number, a card or an account."""
_SHORT_CODE = re.compile(
    r"(?:(?:call|dial|phone|text|ring)(?: us)?(?: at| on)?|致电|拨打|电话|热线)"
    r"\s*:?\s*(\d{3,6})(?!\d)"
)

_MESSENGER = (
    r"(?:微信|wechat|weixin|vx|v信|qq|扣扣|whatsapp|telegram|skype|instagram|facebook|抖音|小红书)"
)
_ACCOUNT = re.compile(
    r"(?<![a-z0-9._+-])@[a-z0-9_]{2,30}"
    rf"|(?:加|添加|搜索?|关注|扫码?)[\u3400-\u9fff]{{0,4}}\s?{_MESSENGER}"
    # An account holds a digit or comes after a colon; else it is the next word of the sentence.
    rf"|{_MESSENGER}(?:号码?|群|id|公众号)?\s?(?::|是|为)?\s?(?=[a-z_-]{{0,20}}\d)[a-z0-9_-]{{4,30}}"
    rf"|{_MESSENGER}(?:群|公众)?(?:号码?是?|id|账号|:)\s?:?\s?[a-z0-9_-]{{4,30}}"
)
"""Where else a customer could be led: an account of a messenger or of a network."""

_SPELT_NUMBER = rf"(?<![a-z]){SPELT_COUNT}(?:[ -](?:and )?{SPELT_COUNT}){{0,6}}"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CHINESE_NUMBER = r"[零一二两三四五六七八九十百千万]+"
_CURRENCIES = (
    *("us$", "hk$", "nt$", "a$", "$", "€", "£", "¥", "₹", "usd", "eur", "gbp", "cny", "rmb", "hkd"),
    *(
        "twd",
        "sgd",
        "dollar",
        "euro",
        "pound",
        "yuan",
        "buck",
        "quid",
        "美元",
        "欧元",
        "港元",
        "日元",
        "英镑",
    ),
    *("人民币", "港币", "台币", "新台币", "元", "块钱", "美金"),
)
_CURRENCY = "|".join(re.escape(currency) for currency in _CURRENCIES)
_NO_CURRENCY = "(?![旦素宵件音月老首气]|牛奶)"
"""元 begins other words too: New Year's Day, an element."""
_MONEY = re.compile(
    rf"(?:{_CURRENCY}){_NO_CURRENCY}\s*({_NUMBER})"
    rf"|({_NUMBER}|{_CHINESE_NUMBER}|{_SPELT_NUMBER})[\s-]*(?:{_CURRENCY}){_NO_CURRENCY}"
)
_PIECES = re.compile(
    # 块 counts pieces of anything: money only where it is given, or where nothing follows.
    r"(?<=[给补退转返赔减送付发宜惠您你])(?:\s?\d{1,6}|[零一二两三四五六七八九十百千万]{1,8})\s?块(?!钱)"
    r"|(?!一块)(?:\d{1,6}|[零一二两三四五六七八九十百千万]{1,8})\s?块"
    r"(?=$|[\s,。!?;、]|作为|当作|现金|补偿|红包|心意|的(?:补偿|红包|优惠|券|代金))"
)
_OFF = re.compile(
    rf"(?<![a-z0-9.])(?:{_NUMBER}|{_SPELT_NUMBER}|half|a third|a quarter) off"
    r"(?= (?:your|the|all|any|a|an|next|this|on)(?![a-z])|[,.!?]|$)"
)
"""A price that is lowered by a number, whatever the currency."""
_WHOLLY = (
    r"(?:(?:100\s*(?:%|per ?cent)|(?:one |a )?hundred per ?cent)"
    r"\s?(?:satisf|happy|sure|committed|certain|honest|right|behind)"
    r"|(?:100\s*%|百分之(?:百|100))的?(?:满意|认真|努力|用心|投入|支持|理解|认可|正品|热情|诚意))"
)
"""Not a share of anything, but a figure of speech."""
_PERCENT = re.compile(
    rf"(?<![\d.])(?!{_WHOLLY})(?:(?:{_NUMBER}|{_SPELT_NUMBER})\s*(?:%|per ?cent)"
    rf"|百分之\s*(?:{_NUMBER}|{_CHINESE_NUMBER}))"
    rf"|(?:\d|[一二三四五六七八九])折"
)

_PERCENT_SIGNS = ("%", "percent", "per cent", "百分之", "折")


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
    patterns = (_EMAIL, _LINK, _PHONE, _SHORT_CODE, _ACCOUNT)
    for pattern in patterns if "@" in folded else patterns[1:]:
        for match in pattern.finditer(folded):
            yield match[0].rstrip(".,;:!?)\"'。】")


def sums_in(folded: str) -> Iterator[tuple[str, float | None]]:
    """Sums of money and percentages in a folded text, with the amount where it is in digits."""
    # Plain searches first: they are some times quicker, and most texts hold nothing of the kind.
    if any(currency in folded for currency in _CURRENCIES):
        for match in _MONEY.finditer(folded):
            digits = match[1] or match[2]
            amount = float(digits.replace(",", "")) if digits[0] in "0123456789" else None
            yield match[0], amount
    if any(sign in folded for sign in _PERCENT_SIGNS):
        for match in _PERCENT.finditer(folded):
            yield match[0], None
    if "块" in folded:
        for match in _PIECES.finditer(folded):
            yield match[0], None
    if " off" in folded:
        for match in _OFF.finditer(folded):
            yield match[0], None
