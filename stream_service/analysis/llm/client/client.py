"""The client: one connection pool and one chat model for all events."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import openai
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from openai._base_client import get_platform

from stream_service.analysis.llm.client.answer_size import AnswerSizeLimit
from stream_service.analysis.llm.client.chat import CompletionChat, completion_in
from stream_service.analysis.llm.client.endpoint import Endpoint
from stream_service.analysis.llm.client.request_body import request_body
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import TimedOut
from stream_service.analysis.llm.question import Message, Role

_MESSAGES: Mapping[Role, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}

_KEEP_ALIVE_S = 30.0
"""Idle connections are given back before common proxies cut them (60 s and up), so that a call
seldom meets a connection that is just being closed."""


_OUTERMOST_S = 3_600.0
"""The HTTP client's own time-out, above any that a call is given."""


class LlmClient:
    """Makes single calls; every one is bounded, none is repeated by the SDK.

    It belongs to the event loop on which it was made: a connection pool that is used from two
    loops breaks in both (langchain#35783).
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Must be made where an event loop runs. Nothing is connected yet."""
        self._loop = asyncio.get_running_loop()
        self._is_traced = endpoint.is_traced
        connections = endpoint.max_connections
        self._http = openai.DefaultAioHttpClient(
            limits=httpx2.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=_KEEP_ALIVE_S,
            ),
            # A redirect could lead anywhere, with the keys in our headers and a customer's text.
            follow_redirects=False,
            event_hooks={"response": [AnswerSizeLimit(endpoint.max_answer_bytes)]},
        )
        headers = {name: value.get_secret_value() for name, value in endpoint.headers.items()}
        self._chat = CompletionChat(
            model=endpoint.model,
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            default_headers=headers,
            max_retries=0,
            # Never None, which would mean: wait for ever. The call's own bound lies above it.
            timeout=httpx2.Timeout(_OUTERMOST_S, connect=endpoint.connect_timeout_s),
            http_async_client=self._http,
            use_responses_api=False,
            cache=False,
        )
        # The SDK asks for the platform's name in a thread of asyncio's shared executor, before the
        # first call: behind a dozen blocking jobs that call would wait for them.
        self._chat.root_async_client._platform = get_platform()

    async def complete(
        self,
        messages: Sequence[Message],
        parameters: Mapping[str, Any],
        *,
        timeout_s: float,
        fixed: tuple[Message, ...] = (),
    ) -> Completion:
        """Make one call of at most ``timeout_s`` seconds, connection and slow bytes included.

        Raises LlmError.
        """
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("the client belongs to another event loop")
        body = request_body(self._chat.model_name, fixed, messages, parameters)
        try:
            async with asyncio.timeout(timeout_s):
                if not self._is_traced:
                    return await self._chat.complete(body)
                given = [_MESSAGES[role](text) for role, text in messages]
                return completion_in(await self._chat.ainvoke(given, body=body))
        except TimeoutError:
            raise TimedOut(f"no answer within {timeout_s:.1f} s") from None

    async def aclose(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._http.aclose()
