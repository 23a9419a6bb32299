"""The cache of answers, alone."""

import tracemalloc
from dataclasses import MISSING, fields, replace

import orjson
import pytest

from stream_service.analysis.analyst import Feedback
from stream_service.analysis.llm.analyst import LlmAnalyst, ReadingPolicy
from stream_service.analysis.llm.chain.cache import ENTRY_BYTES, Cached, MemoryStore
from stream_service.analysis.llm.completion import Completion, TokenChoice, Tokens
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


def with_every_field() -> Completion:
    """An answer in which each field has another value than by default."""
    full = Completion(
        text='{"category": "question", "intent": "refund"}',
        model="m",
        tokens=Tokens(input=70, output=30, cached_input=10),
        finish_reason="stop",
        choices=(TokenChoice(token="question", alternatives=(("question", -0.1), ("pr", -2.5))),),
        intent_confidence=0.31,
        is_cached=False,
    )
    unset = [
        field.name
        for field in fields(Completion)
        if field.default is not MISSING and getattr(full, field.name) == field.default
    ]
    assert unset == ["is_cached"], "a new field is kept as well"
    return full


async def test_an_answer_is_judged_the_second_time_by_all_that_it_was_judged_by_at_first() -> None:
    chain = Scripted([with_every_field()])
    cached = Cached(chain, MemoryStore(max_bytes=10_000, ttl_s=60), NO_OBSERVER)
    first = await cached(question(), run_of())
    second = await cached(question(), run_of())
    assert len(chain.asked) == 1
    assert (first, second) == (with_every_field(), replace(with_every_field(), is_cached=True))


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"\xff",
        b'{"text": "\xff", "model": "m"}',
        b"{}",
        b'{"text": 1, "model": "m"}',
        b'{"text": "{}", "model": "m", "choices": [[3, 4]]}',
        b'{"text": "{}", "model": "m", "unknown": ' + b"[" * 100_000,
        b'["{}", "m", []]',
    ],
)
async def test_what_another_left_there_is_asked_anew(left: bytes) -> None:
    """The last is the form of earlier versions: it does not tell how sure an intent was."""
    store = MemoryStore(max_bytes=200_000, ttl_s=60)
    await store.put("k", left)
    assert await Cached(Scripted([ANSWER]), store, NO_OBSERVER)(question(), run_of()) == ANSWER


async def test_what_a_later_version_keeps_beside_is_passed_over() -> None:
    store = MemoryStore(max_bytes=10_000, ttl_s=60)
    await store.put("k", b'{"text": "{}", "model": "m", "warmth": 3}')
    found = await Cached(Scripted([]), store, NO_OBSERVER)(question(), run_of())
    assert found == Completion(text="{}", model="m", is_cached=True)


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
