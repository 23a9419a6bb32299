"""From the playbook to the questions that the local analyst compares with."""

from stream_service.analysis.analyst import KnownQuestion
from stream_service.playbook import Playbook


def known_questions(playbook: Playbook) -> tuple[KnownQuestion, ...]:
    """The questions of the FAQ entries, and the examples of the intents."""
    entries = [
        KnownQuestion(kind="faq", name=entry.id, text=text)
        for entry in playbook.file.faq
        for texts in entry.questions.values()
        for text in texts
    ]
    examples = [
        KnownQuestion(kind="intent", name=name, text=text)
        for name, intent in playbook.file.intents.items()
        for texts in intent.examples.values()
        for text in texts
    ]
    return (*entries, *examples)
