"""The chat model: langchain-openai's, with an answer path of our own."""

from typing import Any, cast

import aiohttp
import httpx2
import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_openai import ChatOpenAI

from stream_service.analysis.llm.client.reading_body import (
    completion_of,
    finish_reason_of,
    parsed_body,
    tokens_of,
)
from stream_service.analysis.llm.client.refusals import error_of
from stream_service.analysis.llm.completion import Completion
from stream_service.analysis.llm.errors import ConnectionFailed, LlmError, TimedOut

_COMPLETION = "stream_service_completion"


class CompletionChat(ChatOpenAI):
    """Keeps the raw answer and its usage, whatever is wrong with it, and parses on the loop.

    The stock model parses every answer into its own models on asyncio's shared default executor:
    a dozen blocking jobs of anybody's in there turn a millisecond into two seconds, and an answer
    that fails to parse is lost with its usage (langchain#32977). Measured: 1.4 ms CPU a call
    against 2.3.
    """

    async def complete(self, body: bytes) -> Completion:
        """Send a request as it is and read its answer. Raises LlmError."""
        try:
            response = await self.root_async_client.post(
                "/chat/completions", content=body, cast_to=httpx2.Response
            )
        except openai.APIStatusError as error:
            raise _told(error) from None
        except openai.APIConnectionError as error:
            raise _unreached(error) from None
        answer = parsed_body(response.content)
        try:
            return completion_of(answer, asked_model=self.model_name)
        except LlmError as error:
            error.tokens = tokens_of(answer)
            error.finish_reason = finish_reason_of(answer)
            raise

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        body: bytes,
        **kwargs: Any,
    ) -> ChatResult:
        # The body is written already: making it anew of ``messages`` costs more than the call's
        # way through the HTTP client.
        completion = await self.complete(body)
        message = AIMessage(content=completion.text, response_metadata={_COMPLETION: completion})
        return ChatResult(generations=[ChatGeneration(message=message)])


def completion_in(message: BaseMessage) -> Completion:
    """The completion that ``CompletionChat`` put into its message."""
    metadata = cast(dict[str, Any], message.response_metadata)
    return cast(Completion, metadata[_COMPLETION])


def _told(error: openai.APIStatusError) -> LlmError:
    # The SDK hands over the inner error object where there is one, else the text.
    return error_of(error.status_code, {"error": error.body}, error.response.headers)


def _unreached(error: openai.APIConnectionError) -> LlmError:
    # The SDK calls a connection that the server cut a time-out, since its aiohttp transport does.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ServerTimeoutError | TimeoutError):
            return TimedOut("no answer in time")
        if isinstance(cause, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | OSError):
            return ConnectionFailed(f"connection failed: {type(cause).__name__}")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, openai.APITimeoutError):
        return TimedOut("no answer in time")
    return ConnectionFailed("connection failed")
