"""Questions, and links of the chain that answer as a test tells them to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stream_service.analysis.llm.completion import Completion, Tokens
from stream_service.analysis.llm.errors import LlmError
from stream_service.analysis.llm.question import AnswerForm, Deadline, Question, Run

ANSWER = Completion(text="{}", model="m", tokens=Tokens(input=70, output=30))


def accept(_text: str) -> None:
    """Every answer will do."""


def question(key: str = "k", check: Callable[[str], None] = accept) -> Question:
    """A question of 70 tokens."""
    return Question(
        messages=(("user", "?"),),
        form=AnswerForm(name="answer", schema={}, check=check),
        cache_key=key,
        input_tokens=70,
        max_output_tokens=30,
    )


def run_of(seconds: float = 60) -> Run:
    """A run with so much time."""
    return Run(deadline=Deadline(seconds))


@dataclass
class Scripted:
    """Answers, or fails, in turn; the last one again and again."""

    script: Sequence[Completion | LlmError]
    asked: list[Question] = field(default_factory=list[Question])

    async def __call__(self, question: Question, run: Run) -> Completion:
        self.asked.append(question)
        turn = self.script[min(len(self.asked), len(self.script)) - 1]
        if isinstance(turn, LlmError):
            raise turn
        return turn
