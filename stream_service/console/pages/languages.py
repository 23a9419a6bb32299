"""The languages of the interface."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """A language of the interface, by its BCP 47 name as a page's ``lang`` carries it."""

    ENGLISH = "en-US"
    CHINESE = "zh-CN"


COOKIE = "console_language"
"""Remembers a choice; it is no secret, so the page's own switch may write it."""


def language_of(cookies: Mapping[str, str], accept_language: str) -> Language:
    """The chosen one, or the first of the browser's that there is, or English."""
    chosen = cookies.get(COOKIE, "")
    if chosen in set(Language):
        return Language(chosen)
    for wanted in _by_preference(accept_language):
        for language in Language:
            if language.value.split("-")[0] == wanted.split("-")[0].lower():
                return language
    return Language.ENGLISH


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if name and weight > 0:
            weighted.append((weight, name))
    # Stable: equal weights stay in the browser's order.
    return [name for _, name in sorted(weighted, key=lambda one: -one[0])]
