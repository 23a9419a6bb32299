"""The most bytes of an answer: an endpoint that never stops sending must not fill the memory."""

import httpx2

from stream_service.analysis.llm.errors import AnswerTooLarge

BYTES_A_TOKEN = 2_048
"""With five log-probabilities beside it, each with its bytes, a token takes about 400."""

LEAST_BYTES = 4 * 1024 * 1024
"""Reasoning comes beside the answer, and caps on it are sometimes ignored: a sane answer of any
model fits."""


def most_answer_bytes(output_tokens: int) -> int:
    """More bytes than an answer of so many tokens needs, or of twice as many, as in a repair."""
    return max(LEAST_BYTES, 2 * output_tokens * BYTES_A_TOKEN)


class AnswerSizeLimit:
    """Reads bodies for the HTTP client, up to a limit; bytes are counted as they unpack."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes

    async def __call__(self, response: httpx2.Response) -> None:
        """Read the body of ``response``; the client closes the connection of one that is refused.

        Raises AnswerTooLarge.
        """
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > self._most_bytes:
                raise AnswerTooLarge(f"the answer is larger than {self._most_bytes} bytes")
        # Where the client looks before it reads by itself, without a limit.
        response._content = bytes(body)  # pyright: ignore[reportPrivateUsage]
