"""The limit on an answer's bytes, alone."""

import gzip
from collections.abc import AsyncIterator

import httpx2
import pytest

from stream_service.analysis.llm.client.answer_size import (
    LEAST_BYTES,
    AnswerSizeLimit,
    most_answer_bytes,
)
from stream_service.analysis.llm.errors import AnswerTooLarge


class Parts(httpx2.AsyncByteStream):
    """A body that comes in parts, and how many of them were taken."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._body), 100):
            self.taken += 1
            yield self._body[at : at + 100]


async def test_a_body_up_to_the_limit_is_read_whole() -> None:
    response = httpx2.Response(200, stream=Parts(b"x" * 1_000))
    await AnswerSizeLimit(1_000)(response)
    assert response.content == b"x" * 1_000


async def test_l16_a_larger_one_is_refused_while_it_comes() -> None:
    """L16: the byte cap holds without waiting for the end."""
    parts = Parts(b"x" * 100_000)
    with pytest.raises(AnswerTooLarge, match="1000 bytes"):
        await AnswerSizeLimit(1_000)(httpx2.Response(200, stream=parts))
    assert parts.taken == 11


async def test_l16_bytes_are_counted_as_they_unpack() -> None:
    """L16: a few packed bytes do not become a large answer."""
    packed = gzip.compress(b" " * 1_000_000)
    assert len(packed) < 2_000
    response = httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=Parts(packed))
    with pytest.raises(AnswerTooLarge):
        await AnswerSizeLimit(10_000)(response)


def test_the_limit_grows_with_the_tokens_that_are_asked_for() -> None:
    assert most_answer_bytes(700) == LEAST_BYTES
    assert most_answer_bytes(100_000) > 100_000 * 2_000
