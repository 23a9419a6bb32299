"""The cache of answers, keyed by what was asked and never by who asked."""

from dataclasses import replace
from typing import Protocol

import msgspec
from cachetools import TTLCache

from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import InvalidAnswer
from stream_service.analysis.llm.observer import LlmObserver
from stream_service.analysis.llm.question import Ask, Question, Run
from stream_service.contracts.codec import encode_json

ENTRY_BYTES = 450
"""What an entry takes beside its value: the key, its place in the cache, its age."""

_COMPLETION = msgspec.json.Decoder(Completion)
"""By the fields' names, all of them: what is judged again is judged by the same."""


class AnswerStore(Protocol):
    """Keeps bytes under a key for a while. It is never waited for long, and never raises."""

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, or None: unknown, forgotten, or out of reach."""
        ...

    async def put(self, key: str, value: bytes) -> None:
        """Keep ``value``, if it can be kept."""
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...


class MemoryStore:
    """Keeps answers in this process, bounded in bytes and in age."""

    def __init__(self, *, max_bytes: int, ttl_s: float) -> None:
        self._kept = TTLCache[str, bytes](max_bytes, ttl_s, getsizeof=_size)

    async def get(self, key: str) -> bytes | None:
        """Return what is kept, or None."""
        return self._kept.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """Keep ``value``; older answers make room. What is larger than all room is not kept."""
        if _size(value) <= self._kept.maxsize:
            self._kept[key] = value

    async def aclose(self) -> None:
        """Forget everything."""
        self._kept.clear()


def _size(value: bytes) -> float:
    return len(value) + ENTRY_BYTES


class Cached:
    """Answers from the store where it can."""

    def __init__(self, inner: Ask, store: AnswerStore, observer: LlmObserver) -> None:
        self._inner = inner
        self._store = store
        self._observer = observer

    async def __call__(self, question: Question, run: Run) -> Completion:
        """Look, ask, keep. Only answers that pass the question's check are kept or given."""
        found = await self._store.get(question.cache_key)
        completion = None if found is None else _decoded(found, question)
        self._observer.cache_asked(hit=completion is not None)
        if completion is not None:
            return replace(completion, is_cached=True)
        completion = await self._inner(question, run)
        if not completion.is_cached:
            await self._store.put(question.cache_key, encode_json(completion))
        return completion


def _decoded(value: bytes, question: Question) -> Completion | None:
    # A shared store holds what others wrote: another version of us, or somebody else.
    try:
        completion = _COMPLETION.decode(value)
        question.form.check(completion.text)
    except (ValueError, RecursionError, InvalidAnswer):
        return None
    return completion
