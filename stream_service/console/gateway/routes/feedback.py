"""Feedback in, and what became of it."""

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from stream_service.console.access.roles import Permission
from stream_service.console.gateway.bodies import NDJSON, read_object, read_rows
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import (
    WITH_BODY,
    Console,
    Publisher,
    permitted,
    problems,
    services_of,
)
from stream_service.console.gateway.shapes import (
    AcceptedFeedback,
    BatchAnswer,
    FeedbackAnswer,
    moment,
)
from stream_service.console.queries.feedback import FeedbackStatus, feedback_status

router = APIRouter(tags=["feedback"])

_LONGEST_KEY = 200

_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key again is the same request, for 24 hours: nothing is published "
    "twice.",
}

EVENT_SCHEMA = {"$ref": "#/components/schemas/FeedbackEvent"}

EXAMPLES = {
    "complaint": {
        "value": {"text": "My parcel is two weeks late.", "customer_id": "c-17", "rating": 1}
    },
    "chinese": {"value": {"text": "包裹晚到了两个星期。", "customer_id": "c-18"}},
}

EVENT_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": EVENT_SCHEMA, "examples": EXAMPLES}},
    }
}

BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "minItems": 1, "items": EVENT_SCHEMA},
                "example": [{"text": "Great service!"}, {"text": "Where is my order?"}],
            },
            NDJSON: {
                "schema": {"type": "string"},
                "example": '{"text":"Great service!"}\n{"text":"Where is my order?"}\n',
            },
        },
    }
}


@router.post(
    "/v1/feedback",
    status_code=202,
    response_model=AcceptedFeedback,
    responses=problems(*WITH_BODY),
    openapi_extra={**EVENT_BODY, "parameters": [_KEY_PARAMETER]},
)
async def post_feedback(request: Request) -> Response:
    """Publish one piece of feedback; 202 means that Kafka has acknowledged it.

    After a 503 the same request is safe with the same Idempotency-Key or event_id.
    """
    principal, key = permitted(request, Permission.PUBLISH), _key(request)
    data = await read_object(request)
    intake = services_of(request).intake
    accepted = await intake.accept(data, principal=principal.name, key=key)
    answer = {
        "event_id": accepted.event_id,
        "status": "accepted",
        "repeated": accepted.is_repeated,
    }
    return Response(orjson.dumps(answer), 202, media_type="application/json")


@router.post(
    "/v1/feedback/batch",
    status_code=202,
    response_model=BatchAnswer,
    responses=problems(*WITH_BODY),
    openapi_extra={**BATCH_BODY, "parameters": [_KEY_PARAMETER]},
)
async def post_feedback_batch(request: Request) -> Response:
    """Publish up to 10,000 pieces, as a JSON array or as JSON lines; each row's fate is told."""
    principal, key = permitted(request, Permission.PUBLISH), _key(request)
    rows, body = await read_rows(request)
    intake = services_of(request).intake
    fates = await intake.accept_batch(rows, principal=principal.name, key=key, body=body)
    counts = {
        status: sum(fate.status == status for fate in fates)
        for status in ("accepted", "refused", "failed")
    }
    # As BatchAnswer says; thousands of rows are not made into models for that.
    answer = {**counts, "rows": list(fates)}
    return Response(orjson.dumps(answer), 202, media_type="application/json")


@router.get("/v1/feedback/{event_id:path}", responses=problems(404))
async def get_feedback(event_id: str, console: Console, _: Publisher) -> FeedbackAnswer:
    """What became of an event: its status, and the reply, review or dead letter."""
    async with console.database.reading() as connection:
        found = await feedback_status(connection, event_id.replace("\x00", ""))
    if found is None:
        if console.intake.has_just_accepted(event_id):
            return FeedbackAnswer(event_id=event_id, status="received")
        raise Problem("not-found", "no event of that id is known here; it may be too old")
    return _answer(found)


DIRECT = {"/v1/feedback": post_feedback, "/v1/feedback/batch": post_feedback_batch}
"""By path: what is posted most, and needs nothing of the framework on its way."""


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= _LONGEST_KEY:
        raise Problem(
            "invalid-field",
            f"Idempotency-Key: it must have 1 to {_LONGEST_KEY} characters",
            field="Idempotency-Key",
        )
    return key


def _answer(found: FeedbackStatus) -> FeedbackAnswer:
    return FeedbackAnswer(
        event_id=found.event_id,
        status=found.status,
        published_at=None if found.published_ms is None else moment(found.published_ms),
        event=_document(found.event),
        reply=_document(found.reply),
        review=_document(found.review),
        dead_letter_id=None
        if found.dead_letter is None
        else f"{found.dead_letter[0]}-{found.dead_letter[1]}",
        fault=found.fault,
    )


def _document(value: bytes | None) -> dict[str, object] | None:
    return None if value is None else orjson.loads(value)
