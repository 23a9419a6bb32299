"""Errors as RFC 9457 problem details: what is wrong, in which field, and what mends it."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from stream_service.console.analyzing import AnalysisFailed
from stream_service.console.decisions.deciding import (
    AlreadyDecided,
    DecisionIdTaken,
    DecisionRefused,
    NoSuchReview,
)
from stream_service.console.errors import DatabaseUnavailable, KafkaAway
from stream_service.console.live.hub import TooManyWatchers
from stream_service.console.publishing.idempotency import KeyReused
from stream_service.console.publishing.publisher import RecordRefused
from stream_service.console.queries.dead_letters import InvalidSearch
from stream_service.console.queries.paging import InvalidCursor
from stream_service.console.repair.redriving import (
    AlreadyRedriven,
    NoSuchDeadLetter,
    NotRedrivable,
)
from stream_service.contracts.faults import Fault, InvalidRecord

MEDIA_TYPE = "application/problem+json"

_TYPE_PREFIX = "urn:stream-service:problem:"

_TITLES = {
    "invalid-field": (422, "A field is wrong"),
    "invalid-body": (400, "The body cannot be read"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body's type is not supported"),
    "unauthenticated": (401, "Who are you?"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "Not with this method"),
    "conflict": (409, "It is otherwise already"),
    "key-reused": (422, "The idempotency key belongs to another request"),
    "timeout": (408, "The request took too long to arrive"),
    "rate-limited": (429, "Too many requests"),
    "unavailable": (503, "Not now"),
    "internal": (500, "A fault of ours"),
}
"""Kinds of problems, their status and title."""

_RETRY_S = 5.0


class Problem(Exception):
    """A problem to answer with."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
        self.more = more

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _TITLES[self.kind][0]

    def response(self) -> Response:
        """The answer."""
        status, title = _TITLES[self.kind]
        document: dict[str, Any] = {
            "type": _TYPE_PREFIX + self.kind,
            "title": title,
            "status": status,
            "detail": self.detail,
            **self.more,
        }
        if self.field is not None:
            document["field"] = self.field
        headers = dict(self.headers)
        if self.retry_after_s is not None:
            # Whole seconds, and never 0: that would ask for a storm.
            headers["retry-after"] = str(max(1, round(self.retry_after_s)))
        return Response(orjson.dumps(document), status, headers=headers, media_type=MEDIA_TYPE)


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """A fixed name of the kind of problem, as a URN."""
    title: str
    status: int
    detail: str
    """What is wrong and what mends it; it names the field."""
    field: str | None = None
    """Where one field is wrong: which."""


_UNREADABLE = frozenset(
    {
        Fault.EMPTY_VALUE,
        Fault.NOT_UTF8,
        Fault.NOT_JSON,
        Fault.NOT_AN_OBJECT,
        Fault.TOO_DEEP,
        Fault.DUPLICATE_KEY,
        Fault.NUMBER_OUT_OF_RANGE,
    }
)


def problem_of(error: Exception) -> Problem | None:
    """What to answer for an error of the services; None for a fault of ours."""
    match error:
        case Problem():
            return error
        case InvalidRecord():
            if error.fault is Fault.TOO_LARGE:
                return Problem("too-large", error.message)
            kind = "invalid-body" if error.fault in _UNREADABLE else "invalid-field"
            return Problem(kind, error.message, field=error.field)
        case InvalidCursor():
            return Problem("invalid-field", str(error), field="cursor")
        case InvalidSearch():
            return Problem("invalid-field", str(error), field="text")
        case KeyReused():
            return Problem("key-reused", str(error), field="Idempotency-Key")
        case DecisionIdTaken() | DecisionRefused():
            return Problem("conflict", str(error), field="decision_id")
        case NoSuchReview() | NoSuchDeadLetter():
            return Problem("not-found", str(error))
        case AlreadyDecided():
            return Problem(
                "conflict",
                str(error),
                applied={name: error.applied[name] for name in ("decision_id", "type", "reviewer")},
            )
        case AlreadyRedriven() | NotRedrivable():
            return Problem("conflict", str(error))
        case RecordRefused():
            return Problem("too-large", str(error))
        case KafkaAway():
            return Problem("unavailable", str(error), retry_after_s=error.retry_after_s)
        case DatabaseUnavailable() | AnalysisFailed() | TooManyWatchers():
            return Problem("unavailable", str(error), retry_after_s=_RETRY_S)
        case _:
            return None
