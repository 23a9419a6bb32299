"""Where else a reader could be led: links, addresses, telephone numbers, accounts."""

import re
from collections.abc import Iterator

_TOP_LEVELS = (
    "com|net|org|info|biz|xyz|top|shop|store|site|website|online|app|page|link|click|vip|tech|dev"
    "|cloud|live|help|support|chat|group|club|pro|mobi|asia|world|space|fun|ltd|icu|email|news"
    "|blog|wiki|deals|sale|market|money|cash|bank|pay|gov|edu|example|agency|art|cafe|care|center"
    "|centre|clinic|codes|company|computer|coop|credit|customer|delivery|dental|design|digital"
    "|direct|directory|domains|earth|energy|engineering|events|exchange|expert|express|family"
    "|fashion|finance|financial|fit|florist|fyi|game|games|gift|gifts|global|gmbh|green|guide|guru"
    "|health|holdings|host|hosting|house|inc|ink|insure|international|investments|legal|limited"
    "|loan|loans|management|marketing|media|mobile|monster|network|one|online|partners|parts|photos"
    "|pizza|plus|press|promo|ren|repair|rest|restaurant|review|reviews|rocks|run|school|services"
    "|social|software|solutions|studio|style|supply|systems|taxi|team|tel|tips|today|tools|tours"
    "|toys|trade|trading|travel|video|wang|watch|work|works|zone"
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
    r"|[a-z0-9]\s?(?:\(dot\)|\[dot\]|\(\.\)|\[\.\]| dot )\s?"
    r"(?:com|net|org|io|cn|co|shop)(?![a-z0-9])"
    r"|[a-z0-9]\s?(?: \. ?|点)(?:com|net|org|cn)(?![a-z0-9])"
    r"|[\u3400-\u9fff]\.(?:中国|公司|网络|网址|在线|商城|商店)"
)
_EMAIL = re.compile(
    r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}|[^\s@.]{1,63}\.[^\s@]{1,63})"
)
_DATE = r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![\d-])"
_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_HAN_DIGIT = "[零〇一二三四五六七八九幺]"
_PHONE = re.compile(
    rf"(?<![a-z0-9_.])(?!{_DATE})\+?\(?\d(?:[\s().-]{{0,2}}\d){{6,17}}(?![a-z0-9_])"
    rf"|(?<![a-z]){_DIGIT}(?:[ ,-]{{1,2}}{_DIGIT}){{6,17}}(?![a-z])"
    rf"|{_HAN_DIGIT}(?:[\s-]?{_HAN_DIGIT}){{6,17}}"
    # Its end in letters, as on a telephone's keys
    r"|(?<![a-z0-9_.])(?:\+?1[ -])?(?:0?80[08]|8[3-8]{2}|1[38]00)-(?:[0-9]{1,3}-)?[a-z][a-z-]{3,10}"
    r"(?![a-z0-9_])"
)
"""Seven digits or more, as in a telephone number, a card or an account."""
_SHORT_CODE = re.compile(
    r"(?<![a-z])(?:(?:call|dial|phone|text|ring|hotline|helpline)(?: (?:us|our|the|free|toll-free"
    r"|customer|service|support|care|team|hotline|helpline|line|number|directly|now|at|on)){0,6}"
    r"|(?:致电|拨打|拨|电话|热线)(?:至|到|我们|的|客服|官方|服务|售后|统一|全国|咨询|免费|电话|热线|专线|号码?"
    r"|是|为|请拨){0,6})"
    r"\s*:?\s*(\d{3,6})(?!\d)"
)

_MESSENGERS = [
    "微信",
    "wechat",
    "weixin",
    "vx",
    "v信",
    "qq",
    "扣扣",
    "whatsapp",
    "telegram",
    "skype",
    "instagram",
    "facebook",
    "抖音",
    "小红书",
    "twitter",
    "tiktok",
    "discord",
    "viber",
    "kakaotalk",
    "weibo",
    "微博",
    "钉钉",
    "dingtalk",
    "飞书",
    "公众号",
    "小程序",
    "视频号",
    "企微",
]
_MESSENGER = f"(?:{'|'.join(_MESSENGERS)})"
_OFFERED = (
    r"(?:(?<![^.!?\n] )(?<![^ .!?\n])|please |you can(?: also)? |you may(?: also)? |feel free to "
    r"|simply |just |(?<![a-z])or )"
    r"(?:also )?(?:reach(?: out to)?|contact|message|dm|text|write(?: to)?|follow|find|add"
    r"|chat with) (?:us|our team|our support)(?: directly)? (?:on|via|through|over|at|by) (?:our )?"
)
_ACCOUNT = re.compile(
    r"(?<![a-z0-9._+-])@[a-z0-9_]{2,30}"
    rf"|(?<!感谢您)(?<!谢谢您)(?<!感谢)(?:加|添加|搜索?|关注|扫码?)[\u3400-\u9fff]{{0,4}}\s?{_MESSENGER}"
    rf"|(?:在|到|通过|用)[\u3400-\u9fff]{{0,4}}{_MESSENGER}[\u3400-\u9fff]{{0,3}}(?:联系|咨询|私信)我们"
    rf"|{_OFFERED}{_MESSENGER}"
    # An account holds a digit or comes after a colon; else it is the next word of the sentence.
    rf"|{_MESSENGER}(?:号码?|群|id|公众号)?\s?(?::|是|为)?\s?(?=[a-z_-]{{0,20}}\d)[a-z0-9_-]{{4,30}}"
    rf"|{_MESSENGER}(?:群|公众)?(?:号码?是?|id|账号|:)\s?:?\s?[a-z0-9_-]{{4,30}}"
)
"""An account of a messenger or of a network, or an offer to write there."""


def contacts_in(folded: str) -> Iterator[str]:
    """Links, e-mail addresses, telephone numbers and accounts in a folded text."""
    # Plain searches first: they are some times quicker, and most texts hold nothing of the kind.
    patterns = [_EMAIL] if "@" in folded else []
    patterns += [_LINK, _PHONE, _SHORT_CODE]
    if "@" in folded or any(name in folded for name in _MESSENGERS):
        patterns.append(_ACCOUNT)
    for pattern in patterns:
        for match in pattern.finditer(folded):
            yield match[0].rstrip(".,;:!?)\"'。】")
