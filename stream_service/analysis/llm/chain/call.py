"""The last link: one call to the endpoint."""

import time

from stream_service.analysis.llm.client.abilities import Abilities
from stream_service.analysis.llm.client.client import LlmClient
from stream_service.analysis.llm.completion import Completion, Tokens
from stream_service.analysis.llm.errors import LlmError, ParameterRefused, TimedOut
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.question import Question, Run

_MOST_REFUSALS = 8
"""More than there are parameters to give up: after so many, the endpoint refuses the rest."""


class EndpointCall:
    """Asks once, and again only without a parameter that the endpoint has just refused."""

    def __init__(
        self,
        client: LlmClient,
        abilities: Abilities,
        *,
        model: str,
        timeout_s: float,
        observer: LlmObserver,
    ) -> None:
        self._client = client
        self._model = model
        self._timeout_s = timeout_s
        self._observer = observer
        self.abilities = abilities
        """What the endpoint is known to do by now; found out once for all events."""

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Make the call within its time-out and the event's deadline."""
        for _ in range(_MOST_REFUSALS):
            sent = self.abilities
            try:
                return await self._once(question, run, sent)
            except ParameterRefused as refusal:
                # Many calls are under way when the first is refused: what another has given up
                # since does not count against this one.
                left = self.abilities if self.abilities != sent else sent.without(refusal.parameter)
                if left is None:
                    raise
                self.abilities = left
        raise ParameterRefused("the endpoint refuses every form of the call", parameter="all")

    async def _once(self, question: Question, run: Run, abilities: Abilities) -> Completion:
        timeout_s = min(self._timeout_s, run.deadline.remaining_s)
        if timeout_s <= 0:
            raise TimedOut("the event's deadline has passed")
        began = time.perf_counter()
        kind: str | None = "cancelled"
        tokens: Tokens | None = None
        finish_reason: str | None = None
        try:
            completion = await self._client.complete(
                question.messages,
                abilities.parameters(question),
                timeout_s=timeout_s,
                fixed=question.fixed,
            )
        except LlmError as error:
            kind, tokens, finish_reason = error.kind, error.tokens, error.finish_reason
            if tokens is not None:
                run.meter.add(self._model, tokens, asked=self._model)
            raise
        else:
            kind, tokens, finish_reason = None, completion.tokens, completion.finish_reason
            run.meter.add(completion.model, tokens, asked=self._model)
            return completion
        finally:
            seconds = time.perf_counter() - began
            self._observer.call_ended(seconds, kind, tokens, finish_reason)
