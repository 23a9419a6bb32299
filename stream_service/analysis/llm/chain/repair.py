"""Checking an answer, and having it repaired once."""

from dataclasses import replace

from stream_service.analysis.llm.answers.runaway import before_repetition
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import InvalidAnswer, Truncated
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.question import Ask, Question, Run

_SHOWN_CHARACTERS = 2_000
"""Of the bad answer: enough to repair it, and a runaway one does not cost twice."""

_LONGER = 2
"""An answer that was cut off gets so many times the room, unless it repeats itself."""


class Checked:
    """Lets only answers of the right form through."""

    def __init__(self, inner: Ask, observer: LlmObserver) -> None:
        self._inner = inner
        self._observer = observer

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Ask and check; a bad answer is shown to the model with its fault, once.

        Raises InvalidAnswer where the second answer is bad too.
        """
        try:
            return await self._ask(question, run)
        except InvalidAnswer as error:
            self._observer.call_repeated(error.kind)
            return await self._ask(_repaired(question, error), run)

    async def _ask(self, question: Question, run: Run) -> Completion:
        completion = await self._inner(question, run)
        question.form.check(completion.text)
        return completion


def _repaired(question: Question, error: InvalidAnswer) -> Question:
    fault, sound = str(error), error.text
    if isinstance(error, Truncated):
        before = before_repetition(error.text)
        if before is None:
            return replace(question, max_output_tokens=question.max_output_tokens * _LONGER)
        # It would fill twice the room as well, and what it repeats would invite it to go on.
        fault, sound = "it repeats itself without end", before
    shown = sound[:_SHOWN_CHARACTERS] or "(nothing)"
    return replace(
        question,
        messages=(
            *question.messages,
            ("assistant", shown),
            ("user", f"That answer cannot be used: {fault}. Answer again with the JSON alone."),
        ),
        input_tokens=question.input_tokens + len(shown) // 3 + 30,
    )
