"""Promises of money or of a result, which a reply must not make."""

import re
from collections.abc import Iterator

from stream_service.playbook.facts import sums_in
from stream_service.playbook.folding import fold
from stream_service.playbook.model import GuardCues

_SENTENCE_END = re.compile(r"[!?;。\n]|\.(?=\s|$)|[~〜](?!\d)")
_BEGUN = (
    r"(?:(?:we|i|here|your|our|a|have|will|already)(?![a-z])"
    # "the refund" alone goes on with what was said; with a verb it is a clause of its own.
    r"|(?:the|this|that|it|both|all|another|every)(?: [a-z']{1,20}){0,5}? (?:is|are|has|have|had"
    r"|will|shall|can|went|left|goes|comes|came|got|ships|shipped|gone)(?![a-z]))"
)
_CLAUSE_END = re.compile(
    r",(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]),"
    rf"|[,:]? (?:and|so|but) (?={_BEGUN})"
    rf"|[,:-] (?={_BEGUN})"
)
_OURS = re.compile(r"(?<![a-z])(?:we|i|here|your|our|a)(?![a-z])|我们|我方|这边|本店|小店|客服会")
"""What we do ourselves: a clause of that is not made harmless by regrets in the clause before."""

_THEIRS = re.compile(
    r"(?<![a-z])(?:(?<!to )(?<!for )you|not|never|no|nobody|without|cannot)(?![a-z])|n't(?![a-z])"
    r"|(?<![给为帮替向把退还寄送赔补])[您你](?!的)|没|未|不|无法|无人|拒|迟迟|很|太|仍"
)
"""What the customer does or lacks: only such a clause is still of the regrets before it."""

_GONE_ON = re.compile(r"(?:it|they|both|this|that|these|all)(?![a-z])|.{0,8}已")
"""A clause that tells on of the money of the clause before it, without its name."""

_UNDONE = re.compile(
    r"(?<![a-z])(?:(?:has|have|had|is|are|was|were|do|does|did|could)(?:n't| not)|never)"
    r"(?: yet| even| actually| really| been){0,3} [a-z]{2,20}"
    r"|(?:没有?|未)(?:能|给您|为您|帮您|向您)?(?:按时|及时|如期|准时|顺利|成功|正常|自动|全部|完全)?"
    r"[\u3400-\u9fff]{2}"
)
"""What was not done is the customer's trouble said again, and no promise."""

_SUM = "\ufffc"
"""What stands for a sum that was found."""

_BEFORE_SUM = r"(?: of| worth| over| for|金额|额度)?[为是共:]? ?"
_AFTER_SUM = r"s?(?: as| in| worth of)?(?: an?)?(?: [a-z]{1,20})? ?的?[无门槛现金小额]{0,4}"
"""What ties a word of money to a sum: "a voucher of 5 USD", 5元的无门槛优惠券."""


def promises_in(lines: str, cues: GuardCues) -> Iterator[str]:
    """Promises in a text that was folded line by line, but for sums.

    Nobody lists all ways to say that something is paid. So a word of money makes a promise of its
    sentence, unless that only speaks of it (what the customer asks, suffers or thanks for) and
    gives nothing. A sum stands or falls by its limit, and takes the word beside it along ("a
    voucher of 5 USD"); the rest of its sentence does not.
    """
    yield from sorted(cues.promises.all_in(_UNDONE.sub(" ", fold(lines))))
    for sentence in _SENTENCE_END.split(lines):
        if cues.money.first_in(sentence) is not None:
            yield from _promises_of(sentence, cues)


def _promises_of(sentence: str, cues: GuardCues) -> Iterator[str]:
    regretted = cues.speaking.first_in(sentence) is not None
    told = False
    for clause in _CLAUSE_END.split(sentence):
        gives = cues.giving.first_in(_UNDONE.sub(" ", clause)) is not None
        if cues.money.first_in(_without_sums(clause, cues)) is None:
            if told and gives and _GONE_ON.match(clause):
                yield clause.strip()
            continue
        told = True
        speaks = cues.speaking.first_in(clause) is not None or (
            regretted and _OURS.search(clause) is None and _THEIRS.search(clause) is not None
        )
        if gives or not speaks:
            yield clause.strip()


def _without_sums(clause: str, cues: GuardCues) -> str:
    marked = clause
    for found, _ in sums_in(clause):
        marked = marked.replace(found, _SUM)
    if _SUM not in marked:
        return clause
    for word in map(re.escape, cues.money.all_in(marked)):
        marked = re.sub(f"{word}{_BEFORE_SUM}{_SUM}|{_SUM}{_AFTER_SUM}{word}", " ", marked)
    return marked
