"""Whether the group still counts this process among its members."""

from typing import Any

from aiokafka.errors import KafkaError


async def is_still_member(consumer: Any) -> bool:
    """Send a heartbeat now; True once the coordinator has acknowledged it.

    A process that was asleep for longer than the session time-out believes for a moment that its
    partitions are still its own. Only an answer to a heartbeat sent after it woke up tells;
    aiokafka has no public call for that, so the coordinator's own is used.
    """
    try:
        return bool(await consumer._coordinator._do_heartbeat())
    except KafkaError:
        return False
