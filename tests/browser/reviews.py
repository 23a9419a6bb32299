"""Items for the review page, and what became of them on the topics."""

from datetime import UTC, datetime, timedelta

from stream_service.contracts.codec import decode
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import Source
from stream_service.contracts.publish import verdict_record
from stream_service.contracts.reply import Reply
from stream_service.contracts.review import Priority, ReviewItem
from tests.browser.stage import Stage
from tests.support.judges import verdict_on
from tests.support.waiting import until


async def put_in_review(
    stage: Stage,
    event_id: str,
    text: str,
    *,
    draft: str = "We are sorry.",
    due_in: timedelta = timedelta(hours=4),
    priority: Priority = Priority.NORMAL,
) -> None:
    """Publish an item as a worker does, and wait until the console has it."""
    now = datetime.now(UTC)
    event = FeedbackEvent(event_id=event_id, text=text, customer_id="c-1", rating=1)
    item = verdict_on(event, Source(topic=stage.cluster.topics.events, partition=0, offset=0), now)
    assert isinstance(item, ReviewItem)
    request = item.action_request
    args = request.args.model_copy(update={"text": draft, "language": "en"})
    item = item.model_copy(
        update={
            "action_request": request.model_copy(update={"args": args}),
            "priority": priority,
            "due_at": now + due_in,
        }
    )
    await stage.cluster.publish([verdict_record(stage.cluster.topics, item, None)])
    await stage.becomes(event_id, "in_review")


async def replies_to(stage: Stage, *event_ids: str) -> dict[str, list[Reply]]:
    """All replies to these events, read back from Kafka."""
    found: dict[str, list[Reply]] = {event_id: [] for event_id in event_ids}
    for record in await stage.cluster.read_committed(stage.cluster.topics.replies):
        reply = decode(Reply, record.value)
        if reply.event_id in found:
            found[reply.event_id].append(reply)
    return found


async def empty_queue(stage: Stage) -> None:
    """Ignore what the stage's own first event left there."""
    answer = await stage.client.get(f"{stage.url}/v1/reviews")
    for item in answer.json()["items"]:
        path = f"{stage.url}/v1/reviews/{item['event_id']}/decision?wait_s=20"
        (await stage.client.post(path, json={"type": "ignore"})).raise_for_status()
    await queue_is_empty(stage)


async def queue_is_empty(stage: Stage) -> None:
    """Wait until nothing of another test is left in it."""

    async def is_empty() -> bool:
        answer = await stage.client.get(f"{stage.url}/v1/reviews")
        return not answer.json()["items"]

    await until(is_empty, "the queue to be empty")
