"""The draft guard: what no reply may say, whoever wrote it."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from stream_service.playbook.contacts import contacts_in
from stream_service.playbook.dates import dates_in
from stream_service.playbook.durations import deadlines_in
from stream_service.playbook.facts import sums_in
from stream_service.playbook.folding import fold, fold_lines
from stream_service.playbook.playbook import Playbook
from stream_service.playbook.promises import promises_in


class DraftFault(StrEnum):
    """Why a draft must not be sent by itself."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTACT = "contact"
    """A link, an e-mail address or a telephone number that the playbook does not have."""
    MONEY = "money"
    """A sum or a promise of money above the limits."""
    DEADLINE = "deadline"
    PROMPT_ECHO = "prompt_echo"
    MARKUP = "markup"
    """Tags, braces or brackets that a template or a web page would have, and places to fill in."""
    WRONG_LANGUAGE = "wrong_language"


_MARKUP = re.compile(r"</?[a-z!\u3400-\u9fff][^<>]{0,200}>|<\||\|>|\{[^{}]{0,200}\}|\[\[|\]\]|```")
_BLANK = re.compile(
    # The text of a Markdown link is left to its address.
    r"\[(?!\d{1,4}\])[^\[\]]{0,200}\](?!\()|【[^【】]{0,200}】|〔[^〔〕]{0,200}〕|〖[^〖〗]{0,200}〗"
    r"|\((?:insert |(?:your|company|customer|client|agent|brand|order) (?:name|title|number))"
    r"[^()]{0,80}\)"
    r"|\((?:您的?|公司|客户|顾客|客服|店铺|品牌|订单)?(?:名称|姓名|名字|称呼|编号|号码?)\)"
    r"|\((?:此处|这里|请)?(?:填写|插入|填入)[^()]{0,30}\)"
    r"|(?<![a-z0-9])x{2,}(?![a-z0-9])|_{3,}|\*{3,}|[×○〇]{2,}|某某|%[a-z_]{2,30}%|\$[a-z_]{2,30}"
)
"""A place that somebody should have filled in, ``[Your Name]`` or a mask of a personal detail: the
commonest fault of models."""

_UNSPACED = re.compile(
    r"(?<=[a-z])\.(?=(?:It|Is|So|To|My|No|At|In|Be|As|Today|Team|One|Care|Customer|Delivery|Please)"
    r"(?:'[a-z]+)?(?:[ ,!?]|$))"
)
"""A full stop without its space before a word that also ends addresses: "our app.It is"."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_OTHER_SCRIPT = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
"""Kana and Hangul: a Chinese reply has none."""

_ENGLISH_WORD = re.compile(r"[a-z']+")
# fmt: off
_ENGLISH_FUNCTION_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from", "has", "have",
     "i", "in", "is", "it", "its", "my", "of", "on", "or", "our", "so", "that", "the", "this",
     "to", "us", "was", "we", "were", "will", "with", "you", "your"}
)
# fmt: on
_CONTRACTIONS = ("'re", "'s", "'ve", "'ll", "'m", "'d", "n't")
_FUNCTION_WORD_SHARE = 0.15
"""English prose has about 0.4; French, German or Spanish share a word or two by chance."""

_HAN_SHARE_OF_CHINESE = 0.3
"""Of the letters: a Chinese reply may hold a product's Latin name, yet not mostly that."""

_HAN_SHARE_OF_OTHERS = 0.2
"""The other way round: an English reply may quote a Chinese name."""

_FEW_WORDS = 6
"""Below that, the share of function words says nothing."""


def draft_faults(
    draft: str, language: str, playbook: Playbook, told: str = ""
) -> tuple[DraftFault, ...]:
    """Everything that forbids sending ``draft`` as it is to a reader of ``language``.

    ``told`` is what the customer wrote, and of what: brackets of theirs are no places to fill in.
    """
    return tuple(dict.fromkeys(_faults(draft, language, playbook, fold(told))))


def _faults(draft: str, language: str, playbook: Playbook, told: str) -> Iterator[DraftFault]:
    if len(draft) > playbook.limits.reply_characters:
        # Nothing more is looked for: the search would take as long as the model likes.
        yield DraftFault.TOO_LONG
        return
    folded = fold(draft)
    if not any(map(str.isalpha, folded)):
        yield DraftFault.EMPTY
        return
    stated = playbook.stated
    spaced = fold(_UNSPACED.sub(". ", draft))
    foreign = [contact for contact in contacts_in(spaced) if contact not in stated.contacts]
    if foreign:
        yield DraftFault.CONTACT
    lines = fold_lines(draft)
    if _promises_money(_without(foreign, lines), playbook):
        yield DraftFault.MONEY
    if _promises_time(folded, lines, playbook):
        yield DraftFault.DEADLINE
    if _are_new(playbook.file.guard_cues.prompt_echo.all_in(folded), playbook):
        yield DraftFault.PROMPT_ECHO
    blanks = (
        match[0]
        for match in _BLANK.finditer(folded)
        if match[0] not in told or match[0][0] not in "[【"
    )
    if _MARKUP.search(folded) or _are_new(blanks, playbook):
        yield DraftFault.MARKUP
    if not _is_in(folded, language):
        yield DraftFault.WRONG_LANGUAGE


def _without(pieces: Iterable[str], folded: str) -> str:
    # What an address is made of says nothing by itself.
    for piece in pieces:
        folded = folded.replace(piece, " ")
    return folded


def _promises_money(folded: str, playbook: Playbook) -> bool:
    for found, amount in sums_in(folded):
        if found not in playbook.stated.sums and not playbook.limits.allows(found, amount):
            return True
    promises = promises_in(folded, playbook.file.guard_cues)
    return not all(map(playbook.states_promise, promises))


def _promises_time(folded: str, lines: str, playbook: Playbook) -> bool:
    limit = playbook.limits.deadline_hours
    for found, hours in deadlines_in(folded):
        if found not in playbook.stated.deadlines and hours > limit:
            return True
    named = playbook.file.guard_cues.deadlines.all_in(folded)
    return _are_new((*named, *dates_in(lines)), playbook)


def _are_new(found: Iterable[str], playbook: Playbook) -> bool:
    # What the owner's own texts say is the owner's decision.
    return any(piece not in playbook.stated.text for piece in found)


def _is_in(folded: str, language: str) -> bool:
    letters = sum(map(str.isalpha, folded))
    han_share = len(_HAN.findall(folded)) / letters
    words = _ENGLISH_WORD.findall(folded)
    if language == "zh":
        return (
            han_share >= _HAN_SHARE_OF_CHINESE
            and not _OTHER_SCRIPT.search(folded)
            and not (len(words) >= _FEW_WORDS and _reads_as_english(words))
        )
    if han_share > _HAN_SHARE_OF_OTHERS or _OTHER_SCRIPT.search(folded):
        return False
    if language != "en":
        return True
    if sum(map(len, words)) < letters / 2:
        return False
    return len(words) < _FEW_WORDS or _reads_as_english(words)


def _reads_as_english(words: list[str]) -> bool:
    function_words = sum(
        word in _ENGLISH_FUNCTION_WORDS or word.endswith(_CONTRACTIONS) for word in words
    )
    return function_words >= _FUNCTION_WORD_SHARE * len(words)
