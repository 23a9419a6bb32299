"""Currencies, as people name them; a folded text's."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

_DOLLARS = frozenset({"USD", "SGD", "AUD", "CAD", "NZD"})
"""Those of Hong Kong and Taiwan are 元 too, seven times as many to one of these."""

_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Bare signs and words stand for any that is called so.
        **dict.fromkeys(("$", "dollar", "buck"), _DOLLARS),
        **dict.fromkeys(("元", "圆", "块"), frozenset({"CNY", "TWD", "HKD", "MOP"})),
        **dict.fromkeys(("¥", "块钱"), frozenset({"CNY", "JPY"})),
        **{
            name: frozenset({code})
            for code, names in {
                "USD": "us$ usd 美元 美金",
                "EUR": "€ eur euro 欧元",
                "GBP": "£ gbp pound quid 英镑",
                "CNY": "cny rmb yuan 人民币",
                "HKD": "hk$ hkd 港元 港币",
                "TWD": "nt$ twd 台币 新台币",
                "SGD": "s$ sgd 新币",
                "AUD": "a$ aud 澳元",
                "CAD": "c$ cad 加元",
                "NZD": "nz$ nzd 纽币",
                "JPY": "jpy yen 日元 日圆",
                "KRW": "₩ krw 韩元",
                "INR": "₹ inr rs rupee 卢比",
                "CHF": "chf franc 瑞郎 法郎",
                "MYR": "rm myr ringgit 令吉",
                "THB": "฿ thb baht 泰铢",
                "PHP": "₱ php peso 比索",
                "VND": "₫ vnd 越南盾",
                "IDR": "idr rupiah",
                "AED": "aed dirham",
                "SAR": "sar riyal",
                "SEK": "sek",
                "NOK": "nok",
                "DKK": "dkk",
                "PLN": "pln zloty",
                "BRL": "r$ brl",
                "MXN": "mxn",
                "ZAR": "zar",
                "RUB": "₽ rub rouble ruble 卢布",
                "TRY": "₺ lira",
                "ILS": "₪ ils shekel",
            }.items()
            for name in names.split()
        },
    }
)
_LONGEST_FIRST = sorted(_NAMES, key=len, reverse=True)


_IN_LETTERS = [name for name in _LONGEST_FIRST if name.isascii() and name.isalpha()]
_AS_SIGNS = [name for name in _LONGEST_FIRST if name not in _IN_LETTERS]


def _words(names: Iterable[str]) -> str:
    # Whole words, with an s where there are several: "sar" is in "necessary". RS-232 is a plug.
    return rf"(?<![a-z])(?:{'|'.join(names)})s?(?![a-z]|-?(?:232|422|485)(?!\d))"


CURRENCY = f"{_words(_IN_LETTERS)}|{'|'.join(re.escape(n) for n in _AS_SIGNS if n != '块')}"
"""A pattern; 块 counts other things too."""

_WORD = re.compile(_words(_IN_LETTERS))


def may_hold_currency(folded: str) -> bool:
    """Whether a currency is named in a folded text."""
    return any(sign in folded for sign in _AS_SIGNS) or _WORD.search(folded) is not None


def currencies_in(folded: str) -> frozenset[str]:
    """The currencies (ISO 4217) that the sum or the name ``folded`` may mean."""
    for name in _LONGEST_FIRST:
        pattern = _words([name]) if name in _IN_LETTERS else re.escape(name)
        if re.search(pattern, folded):
            return _NAMES[name]
    return frozenset()
