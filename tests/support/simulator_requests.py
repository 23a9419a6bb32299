"""Requests to the simulated language model, as an OpenAI client writes them."""

import json
from typing import Any, Literal

from aiohttp import ClientSession
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from stream_service.devkit.llm_simulator import LlmSimulator


class Answer(BaseModel):
    category: Literal["complaint", "praise", "question", "other"]
    language: str
    summary: str
    draft: str


FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": Answer.model_json_schema(), "strict": True},
}
COMPLAINT = "The parcel arrived late and broken."


def request(text: str = COMPLAINT, **more: Any) -> dict[str, Any]:
    data = json.dumps({"text": text}, ensure_ascii=False)
    return {
        "model": "some-model",
        "messages": [
            {"role": "system", "content": "Judge the feedback."},
            {"role": "user", "content": f"<data-7f3a>{data}</data-7f3a>"},
        ],
        "response_format": FORMAT,
        **more,
    }


async def ask(
    http: ClientSession, simulator: LlmSimulator, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Status, headers with lower-case names, and the body: JSON where it is, else text."""
    url = f"{simulator.base_url}/chat/completions"
    async with http.post(url, json=body or request()) as response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_json = response.content_type == "application/json"
        return response.status, headers, await (response.json() if is_json else response.text())


async def create(client: AsyncOpenAI, body: dict[str, Any]) -> ChatCompletion:
    # Typed here: the client has one overload for each mixture of arguments.
    make: Any = client.chat.completions.create
    return await make(**body)


async def choice(
    http: ClientSession, simulator: LlmSimulator, body: dict[str, Any] | None = None
) -> Any:
    status, _, answer = await ask(http, simulator, body)
    assert status == 200, answer
    [only] = answer["choices"]
    return only
