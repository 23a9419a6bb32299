"""Dead letters: found, looked at, mended and sent back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from stream_service.console.access.roles import Principal
from stream_service.console.errors import ConsoleError, DatabaseUnavailable
from stream_service.console.gateway.bodies import body_of, read_model
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import (
    WITH_BODY,
    Console,
    Operator,
    Viewer,
    problems,
)
from stream_service.console.gateway.search_shapes import DeadLetterSearch, DeadLettersFound
from stream_service.console.gateway.shapes import (
    BytesAnswer,
    DeadLetterAnswer,
    DeadLetterList,
    DeadLetterWithBytes,
    HeaderAnswer,
    RedriveAnswer,
    RedriveManyAnswer,
    RedriveManyRequest,
    RedriveRequest,
    moment,
)
from stream_service.console.queries.dead_letters import (
    StoredDeadLetter,
    dead_letter_at,
    dead_letter_page,
    search_dead_letters,
)
from stream_service.console.repair.redriving import (
    AlreadyRedriven,
    NoSuchDeadLetter,
    NotRedrivable,
    encoded_value,
    place_of,
    redrive,
)
from stream_service.console.services import Services
from stream_service.contracts.faults import Fault

router = APIRouter(tags=["dead letters"])

_REDRIVE_MAX_BYTES = 4 * 1024 * 1024
"""A value of a million bytes as a text within JSON: escaped, it takes up to four times as much."""

_SHOWN_BYTES = 64 * 1024
"""Of a value as hex; its text is whole."""

LetterId = Annotated[str, Path(pattern=r"^[0-9]{1,9}-[0-9]{1,18}$", description="partition-offset")]


@router.get("/v1/dead-letters", responses=problems())
async def get_dead_letters(
    console: Console,
    _: Viewer,
    reason: Fault | None = None,
    state: Annotated[str, Query(pattern="^(open|redriven|any)$")] = "open",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> DeadLetterList:
    """Dead letters, the newest first."""
    async with console.database.reading() as connection:
        page = await dead_letter_page(
            connection,
            fault=None if reason is None else reason.value,
            state=None if state == "any" else state,
            limit=limit,
            cursor=cursor,
        )
    return DeadLetterList(
        items=[DeadLetterAnswer(**_fields(letter)) for letter in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "/v1/dead-letters/search",
    responses=problems(*WITH_BODY),
    openapi_extra=body_of(DeadLetterSearch),
)
async def post_search(request: Request, console: Console, _: Viewer) -> DeadLettersFound:
    """Dead letters that a text stands in. A POST: customers' words stay out of addresses."""
    wanted = await read_model(request, DeadLetterSearch)
    async with console.database.reading() as connection:
        page = await search_dead_letters(
            connection,
            wanted.text,
            fault=None if wanted.reason is None else wanted.reason.value,
            state=None if wanted.state == "any" else wanted.state,
            limit=wanted.limit,
            cursor=wanted.cursor,
        )
    back_to_ms = page.searched_back_to_ms
    return DeadLettersFound(
        items=[DeadLetterAnswer(**_fields(letter)) for letter in page.items],
        next_cursor=page.next_cursor,
        searched_back_to=None if back_to_ms is None else moment(back_to_ms),
    )


@router.get("/v1/dead-letters/{letter_id}", responses=problems(404))
async def get_dead_letter(letter_id: LetterId, console: Console, _: Viewer) -> DeadLetterWithBytes:
    """A dead letter with key, value and headers, as text and as hex."""
    async with console.database.reading() as connection:
        letter = await dead_letter_at(connection, *place_of(letter_id))
    if letter is None:
        raise Problem("not-found", "no dead letter is known at that place")
    return DeadLetterWithBytes(
        **_fields(letter),
        key=_bytes(letter.key),
        value=_bytes(letter.value),
        headers=[_header(name, value) for name, value in letter.headers],
    )


@router.post(
    "/v1/dead-letters/redrive",
    status_code=202,
    responses=problems(*WITH_BODY),
    openapi_extra=body_of(RedriveManyRequest),
)
async def post_redrive_many(
    request: Request, console: Console, principal: Operator
) -> RedriveManyAnswer:
    """Send up to 100 dead letters back as they are; each one's fate is told."""
    wanted = await read_model(request, RedriveManyRequest)
    items: list[RedriveAnswer] = []
    for letter_id in wanted.ids:
        try:
            items.append(await _redrive_one(console, principal, letter_id))
        except DatabaseUnavailable as error:
            if not any(item.status == "redriven" for item in items):
                raise
            # An error would say that nothing was done. Nobody waits for each of the others.
            left = wanted.ids[len(items) :]
            items += [RedriveAnswer(id=one, status="failed", detail=str(error)) for one in left]
            break
    return RedriveManyAnswer(items=items)


@router.post(
    "/v1/dead-letters/{letter_id}/redrive",
    status_code=202,
    responses=problems(404, 409, *WITH_BODY),
    openapi_extra=body_of(RedriveRequest),
)
async def post_redrive(
    letter_id: LetterId, request: Request, console: Console, principal: Operator
) -> RedriveAnswer:
    """Send a dead letter back to the topic it came from, as it is or with a mended value."""
    wanted = await read_model(request, RedriveRequest, _REDRIVE_MAX_BYTES)
    return await _redrive(console, principal, letter_id, wanted.value)


async def _redrive(
    console: Services, principal: Principal, letter_id: str, value: str | None
) -> RedriveAnswer:
    redriven = await redrive(
        console.database,
        console.topics,
        principal,
        place_of(letter_id),
        value=None if value is None else encoded_value(value),
    )
    console.relay.wake()
    return RedriveAnswer(
        id=letter_id,
        status="redriven",
        event_id=redriven.event_id,
        redrive_count=redriven.redrive_count,
    )


async def _redrive_one(console: Services, principal: Principal, letter_id: str) -> RedriveAnswer:
    try:
        return await _redrive(console, principal, letter_id, None)
    except (NoSuchDeadLetter, AlreadyRedriven, NotRedrivable) as error:
        return _refused(letter_id, error)


def _refused(letter_id: str, error: ConsoleError) -> RedriveAnswer:
    return RedriveAnswer(id=letter_id, status="refused", detail=str(error))


def _fields(letter: StoredDeadLetter) -> dict[str, Any]:
    is_open = letter.redriven_ms is None
    return {
        "id": f"{letter.partition}-{letter.offset}",
        "event_id": letter.event_id,
        "published_at": moment(letter.published_ms),
        "fault": letter.fault,
        "error_class": letter.error_class,
        "message": letter.message,
        "field": letter.field,
        "original_topic": letter.original_topic,
        "original_partition": letter.original_partition,
        "original_offset": letter.original_offset,
        "redrive_count": letter.redrive_count,
        "omitted": letter.omitted,
        "state": "open" if is_open else "redriven",
        "redriven_at": None if letter.redriven_ms is None else moment(letter.redriven_ms),
        "redriven_by": letter.redriven_by,
    }


def _bytes(value: bytes | None) -> BytesAnswer | None:
    if value is None:
        return None
    return BytesAnswer(size=len(value), text=_text(value), hex=value[:_SHOWN_BYTES].hex(" "))


def _header(name: str, value: bytes | None) -> HeaderAnswer:
    if value is None:
        return HeaderAnswer(name=name)
    return HeaderAnswer(name=name, text=_text(value), hex=value.hex(" "))


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
