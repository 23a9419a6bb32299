"""The cache of answers, alone."""

import tracemalloc
from dataclasses import replace

import orjson
import pytest

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.llm.analyst import LlmAnalyst, ReadingPolicy
from stream_service.analysis.llm.chain.cache import ENTRY_BYTES, Cached, MemoryStore
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.prompting import prompt as prompt_module
from stream_service.analysis.llm.prompting.guidance import Guidance
from stream_service.observe.llm_log import LoggingLlmObserver
from tests.support.llm import GUIDANCE, Local
from tests.unit.analysis.llm.asking import ANSWER, Scripted, question, run_of

NO_OBSERVER = LoggingLlmObserver()


async def key_of(feedback: Feedback, *, model: str = "m") -> str:
    chain = Scripted([Completion(text=orjson.dumps({"category": "praise"}).decode(), model=model)])
    analyst = LlmAnalyst(
        chain,
        GUIDANCE,
        Local(),
        ReadingPolicy(model=model),
        prices=PriceTable.load(None),
        observer=LoggingLlmObserver(),
    )
    await analyst.read(feedback)
    return chain.asked[0].cache_key


async def test_memory_is_bounded_in_bytes_and_the_oldest_goes_first() -> None:
    """L11: a cache without a bound grows until the process dies."""
    room = 10 * (100 + ENTRY_BYTES)
    store = MemoryStore(max_bytes=room, ttl_s=60)
    for number in range(1_000):
        await store.put(f"k{number}", b"x" * 100)
    kept = [number for number in range(1_000) if await store.get(f"k{number}")]
    assert kept == list(range(990, 1_000))
    await store.put("huge", b"x" * room)
    assert await store.get("huge") is None
    assert await store.get("k999") is not None


@pytest.mark.parametrize("words", [5, 500])
async def test_the_bound_is_on_the_memory_that_is_taken(words: int) -> None:
    """L11: orjson's bytes hold ten times their length until they are freed."""
    room = 1_000_000
    text = orjson.dumps({"category": "praise", "draft": "thanks " * words}).decode()
    answers = [replace(ANSWER, text=text, model=f"m{number}") for number in range(room // 500)]
    cached = Cached(Scripted(list(answers)), MemoryStore(max_bytes=room, ttl_s=60), NO_OBSERVER)
    questions = [replace(question(), cache_key=f"{number:064d}") for number in range(len(answers))]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for asked in questions:
            await cached(asked, run_of())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.6 * room < after - before < 1.1 * room


async def test_an_answer_is_asked_anew_once_it_is_old() -> None:
    """L11: and in age."""
    store = MemoryStore(max_bytes=10_000, ttl_s=1e-9)
    chain = Scripted([ANSWER])
    cached = Cached(chain, store, LoggingLlmObserver())
    await cached(question(), run_of())
    await cached(question(), run_of())
    assert len(chain.asked) == 2


async def test_the_key_is_of_text_prompt_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """L11: what decides an answer is in its key, and nothing of who asked or when."""
    feedback = Feedback(text="Lovely!", rating=5, product="Lamp")
    key = await key_of(feedback)
    assert await key_of(replace(feedback, text=" Ｌｏｖｅｌｙ!\n")) == key
    others = [
        await key_of(replace(feedback, text="Lovely?")),
        await key_of(replace(feedback, rating=4)),
        await key_of(replace(feedback, product="Desk")),
        await key_of(feedback, model="n"),
    ]
    made = prompt_module.Prompt.__init__

    for name in ("version", "instructions"):

        def reworded(
            self: prompt_module.Prompt, guidance: Guidance, *, with_draft: bool, name: str = name
        ) -> None:
            made(self, guidance, with_draft=with_draft)
            setattr(self, name, getattr(self, name) + "!")

        monkeypatch.setattr(prompt_module.Prompt, "__init__", reworded)
        others.append(await key_of(feedback))
    assert len({key, *others}) == 7
