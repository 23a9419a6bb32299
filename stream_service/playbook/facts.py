"""Facts in a text that a reply must not make up: sums of money, and all of them together."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream_service.playbook.contacts import contacts_in
from stream_service.playbook.currencies import CURRENCY, may_hold_currency
from stream_service.playbook.durations import SPELT_COUNT, deadlines_in
from stream_service.playbook.folding import fold

_SPELT_NUMBER = rf"(?<![a-z]){SPELT_COUNT}(?:[ -](?:and )?{SPELT_COUNT}){{0,6}}"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CHINESE_NUMBER = r"[零一二两三四五六七八九十百千万]+"
_NO_CURRENCY = "(?![旦素宵件音月老首气]|牛奶)"
"""元 begins other words too: New Year's Day, an element."""
_MONEY = re.compile(
    rf"(?:{CURRENCY}){_NO_CURRENCY}\.?\s*({_NUMBER})"
    rf"|({_NUMBER}|{_CHINESE_NUMBER}|{_SPELT_NUMBER})[\s-]*(?:swiss |us |canadian |australian )?"
    rf"(?:{CURRENCY}){_NO_CURRENCY}"
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


def sums_in(folded: str) -> Iterator[tuple[str, float | None]]:
    """Sums of money and percentages in a folded text, with the amount where it is in digits."""
    # Plain searches first: they are some times quicker, and most texts hold nothing of the kind.
    if may_hold_currency(folded):
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
