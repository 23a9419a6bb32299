"""Promises of money or of a result, which a reply must not make."""

import re
from collections.abc import Iterator

from stream_service.playbook.facts import sums_in
from stream_service.playbook.model import GuardCues

_SENTENCE_END = re.compile(r"[!?;。]|\.(?=\s|$)")
_CLAUSE_END = re.compile(
    r",(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]),"
    r"|[,:]? (?:and|so|but) (?=(?:we|i|here|your|our|a|have|will|already)(?![a-z]))"
    r"|[,:-] (?=(?:we|i|here|your|our|a)(?![a-z]))"
)
_OURS = re.compile(r"(?<![a-z])(?:we|i|here|your|our|a)(?![a-z])|我们|我方|这边|本店|小店|客服会")
"""What we do ourselves: a clause of that is not made harmless by regrets in the clause before."""

_UNDONE = re.compile(
    r"(?<![a-z])(?:(?:has|have|had|is|are|was|were|do|does|did|could)(?:n't| not)|never)"
    r"(?: yet| even| actually| really| been){0,3} [a-z]{2,20}"
    r"|(?:没有?|未)(?:能|给您|为您|帮您|向您)?[\u3400-\u9fff]{2}"
)
"""What was not done is the customer's trouble said again, and no promise."""


def promises_in(folded: str, cues: GuardCues) -> Iterator[str]:
    """Promises in a folded text, but for sums.

    Nobody lists all ways to say that something is paid. So a word of money makes a promise of its
    sentence, unless that only speaks of it (what the customer asks, suffers or thanks for) and
    gives nothing. A sentence with a sum stands or falls with the sum.
    """
    yield from sorted(cues.promises.all_in(_UNDONE.sub(" ", folded)))
    for sentence in _SENTENCE_END.split(folded):
        if cues.money.first_in(sentence) is None or any(sums_in(sentence)):
            continue
        regretted = cues.speaking.first_in(sentence) is not None
        for clause in _CLAUSE_END.split(sentence):
            if cues.money.first_in(clause) is None:
                continue
            speaks = cues.speaking.first_in(clause) is not None or (
                regretted and _OURS.search(clause) is None
            )
            if not speaks or cues.giving.first_in(_UNDONE.sub(" ", clause)) is not None:
                yield clause.strip()
