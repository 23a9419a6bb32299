"""Questions for the cluster's metadata, at a pace.

While a partition has no leader, aiokafka's fetcher and its producers' senders ask for the leaders
anew as soon as they are answered (0.14): each client some hundred times a second, of a cluster that
is in trouble already.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, cast

from aiokafka.client import AIOKafkaClient

INTERVAL_S = 0.1
"""aiokafka's own pause before it tries anything else again (``retry_backoff_ms``)."""

AT_ONCE = 10
"""So many a client may ask without a pause: a start asks a few times in a row."""

_NEXT = "_next_metadata_at"
_MARK = "_asks_at_a_pace"

_Update = Callable[[Any, Any, Any], Awaitable[Any]]


def pace_metadata() -> None:
    """From now on every aiokafka client of this process asks that way. Safe to call twice."""
    client_class = cast(Any, AIOKafkaClient)
    if getattr(client_class, _MARK, False):
        return
    client_class._metadata_update = _paced(client_class._metadata_update)
    setattr(client_class, _MARK, True)


def _paced(update: _Update) -> _Update:
    @wraps(update)
    async def paced(client: Any, cluster: Any, topics: Any) -> Any:
        clock = asyncio.get_running_loop().time
        following = max(getattr(client, _NEXT, 0.0), clock())
        setattr(client, _NEXT, following + INTERVAL_S)
        early_s = following - AT_ONCE * INTERVAL_S - clock()
        if early_s > 0:
            await asyncio.sleep(early_s)
        return await update(client, cluster, topics)

    return paced
