"""How often the cluster is asked who leads what."""

from collections import Counter
from typing import Any, cast

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest


def counted_metadata_requests(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count them from now on, by the client's id; they are sent all the same."""
    asked: Counter[str] = Counter()
    send: Any = cast(Any, AIOKafkaConnection).send

    def counting(connection: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(request, MetadataRequest):
            asked[connection._client_id] += 1
        return send(connection, request, *arguments, **options)

    monkeypatch.setattr(AIOKafkaConnection, "send", counting)
    return asked
