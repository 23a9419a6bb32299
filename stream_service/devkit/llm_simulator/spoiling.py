"""The faults of an answer that comes with 200."""

from typing import Any

from stream_service.devkit.llm_simulator.behaviour import Behaviour
from stream_service.devkit.llm_simulator.chat_request import ChatRequest
from stream_service.devkit.llm_simulator.completions import Said, capped
from stream_service.devkit.llm_simulator.faults import Fault
from stream_service.devkit.llm_simulator.refusals import server_error
from stream_service.devkit.llm_simulator.tokens import CHARACTERS_A_TOKEN

WEB_PAGE = "<!DOCTYPE html><html><body><h1>504 Gateway Time-out</h1></body></html>"


def said_with(
    fault: Fault | None, content: str, request: ChatRequest, behaviour: Behaviour
) -> Said:
    """What the model says of ``content`` when that fault befalls it."""
    match fault:
        case Fault.REFUSAL:
            return Said(content=None, refusal="I'm sorry, I can't help with that.")
        case Fault.CONTENT_FILTER:
            return Said(content=None, finish_reason="content_filter")
        case Fault.CUT_JSON:
            return Said(content=_first_property(content))
        case Fault.LENGTH:
            return Said(content=content[: len(content) // 2], finish_reason="length")
        case Fault.REASONING_CONTENT:
            return Said(content="", reasoning_content=content)
        case Fault.FENCED:
            return capped(f"```json\n{content}\n```", request)
        case Fault.PROSE:
            return capped(f"Here is the analysis:\n{content}\nI hope that this helps.", request)
        case Fault.PLAIN_WORDS:
            return capped("The customer is not content with the delivery.", request)
        case Fault.ENDLESS_WHITESPACE:
            return _endless(content, request, behaviour)
        case _:
            return capped(content, request)


def spoil(fault: Fault | None, body: dict[str, Any]) -> dict[str, Any]:
    """The body of a 200 when that fault befalls it."""
    match fault:
        case Fault.EMPTY_CHOICES:
            return {**body, "choices": []}
        case Fault.NULL_CHOICES:
            return {**body, "choices": None}
        case Fault.MISSING_USAGE:
            return {name: part for name, part in body.items() if name != "usage"}
        case Fault.ERROR_IN_200:
            return server_error().body()
        case _:
            return body


def _first_property(content: str) -> str:
    head, comma, _ = content.partition(",")
    return head + comma


def _endless(content: str, request: ChatRequest, behaviour: Behaviour) -> Said:
    """A grammar allows white space without end between two properties, and some models take it."""
    runaway = behaviour.runaway_tokens
    most = runaway if request.most_tokens is None else min(runaway, request.most_tokens)
    text = _first_property(content) + "\n" * (most * CHARACTERS_A_TOKEN)
    return Said(content=text[: most * CHARACTERS_A_TOKEN], finish_reason="length")
