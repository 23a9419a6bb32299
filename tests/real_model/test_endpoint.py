"""What the tests of the service rely on: the real endpoint itself."""

import math
from typing import Literal

import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.real_model.server import RealModel

pytestmark = pytest.mark.real_model


class Answer(BaseModel):
    category: Literal["complaint", "praise", "question"]


async def test_it_answers_in_the_schema_with_usage_and_logprobs(real_model: RealModel) -> None:
    async with AsyncOpenAI(
        base_url=real_model.base_url, api_key="none", max_retries=0, timeout=120
    ) as client:
        parsed = await client.chat.completions.parse(
            model=real_model.model,
            messages=[
                {"role": "system", "content": "Is the feedback a complaint, praise or a question?"},
                {"role": "user", "content": "The parcel came nine days late and was broken."},
            ],
            response_format=Answer,
            max_tokens=50,
            # By default the server draws its tokens, and every run is another one.
            temperature=0,
            logprobs=True,
            top_logprobs=5,
        )
    answer = parsed.choices[0].message.parsed
    # Which category it is says nothing here: without examples so small a model guesses.
    assert answer is not None
    assert parsed.usage is not None
    assert parsed.usage.completion_tokens > 0
    assert parsed.choices[0].logprobs is not None
    entries = parsed.choices[0].logprobs.content
    assert entries
    assert all(entry.logprob <= 0 and math.exp(entry.logprob) <= 1 for entry in entries)
    assert all(len(entry.top_logprobs) == 5 for entry in entries)
