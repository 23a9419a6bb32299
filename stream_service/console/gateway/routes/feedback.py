"""Feedback in, and what became of it."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from stream_service.console.gateway.bodies import NDJSON, read_object, read_rows
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import WITH_BODY, Console, Publisher, problems
from stream_service.console.gateway.shapes import (
    AcceptedFeedback,
    BatchAnswer,
    FeedbackAnswer,
    RowAnswer,
    moment,
)
from stream_service.console.queries.feedback import FeedbackStatus, feedback_status

router = APIRouter(tags=["feedback"])

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key again is the same request, for 24 hours: nothing is published "
        "twice.",
    ),
]

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
    openapi_extra=EVENT_BODY,
)
async def post_feedback(
    request: Request, console: Console, principal: Publisher, key: Key = None
) -> Response:
    """Publish one piece of feedback; 202 means that Kafka has acknowledged it.

    After a 503 the same request is safe with the same Idempotency-Key or event_id.
    """
    data = await read_object(request)
    accepted = await console.intake.accept(data, principal=principal.name, key=key)
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
    openapi_extra=BATCH_BODY,
)
async def post_feedback_batch(
    request: Request, console: Console, principal: Publisher, key: Key = None
) -> Response:
    """Publish up to 10,000 pieces, as a JSON array or as JSON lines; each row's fate is told."""
    rows, body = await read_rows(request)
    fates = await console.intake.accept_batch(rows, principal=principal.name, key=key, body=body)
    counts = {
        status: sum(fate.status == status for fate in fates)
        for status in ("accepted", "refused", "failed")
    }
    answer = BatchAnswer(
        **counts,
        rows=[
            RowAnswer(
                row=fate.row,
                status=fate.status,
                event_id=fate.event_id,
                field=fate.field,
                detail=fate.detail,
            )
            for fate in fates
        ],
    )
    return Response(answer.model_dump_json(exclude_none=True), 202, media_type="application/json")


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
