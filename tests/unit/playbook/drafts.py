"""Lists of drafts, and what the guard says of each."""

from collections.abc import Mapping, Sequence

from stream_service.playbook.guard import DraftFault, draft_faults
from tests.unit.playbook.cases import PLAYBOOK

_OPENING = {
    "en": "We are sorry that you had trouble with the lamp, and we will look into it. ",
    "zh": "很抱歉给您带来不便，我们会认真核查您反映的问题。",
}


def faults_in(sentence: str, language: str) -> Sequence[DraftFault]:
    """Of a reply that goes on with ``sentence``, by the default playbook."""
    return draft_faults(_OPENING[language] + sentence, language, PLAYBOOK)


def each_refused(
    listed: Mapping[tuple[DraftFault, str], Sequence[str]],
) -> Sequence[tuple[DraftFault, str, str]]:
    """Fault, language and sentence, one by one."""
    return [
        (fault, language, sentence)
        for (fault, language), sentences in listed.items()
        for sentence in sentences
    ]


def each_harmless(listed: Mapping[str, Sequence[str]]) -> Sequence[tuple[str, str]]:
    """Language and draft, one by one."""
    return [(language, draft) for language, drafts in listed.items() for draft in drafts]
