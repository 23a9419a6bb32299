"""This process as a member of its group, where aiokafka has no public call for it (0.14)."""

from typing import Any

from aiokafka.errors import KafkaError


async def is_still_member(consumer: Any) -> bool:
    """Send a heartbeat now; True once the coordinator has acknowledged it.

    A process that was asleep for longer than the session time-out believes for a moment that its
    partitions are still its own. Only an answer to a heartbeat sent after it woke up tells.
    """
    try:
        return bool(await consumer._coordinator._do_heartbeat())
    except KafkaError:
        return False


def join_anew(consumer: Any) -> None:
    """Join the group again as soon as may be; it gives its partitions out anew if there is news."""
    consumer._coordinator.request_rejoin()


def leave_at_close(consumer: Any) -> None:
    """Have a static member leave the group when it is closed, as any other does."""
    consumer._coordinator._group_instance_id = None
