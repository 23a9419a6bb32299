"""Holding a transaction open between its outputs and its offsets, where faults do most harm."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer


class HeldCommits:
    """Lets the events topic's first ``count`` transactions wait before their offsets go out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, count: int = 1) -> None:
        self.held = 0
        self.released = asyncio.Event()
        self._left = count
        client: Any = AIOKafkaProducer
        send_offsets = client.send_offsets_to_transaction

        async def held(producer: Any, offsets: Any, group_id: str) -> None:
            # A session's start asks for its coordinator by a transaction without outputs.
            has_outputs = bool(producer._txn_manager.txn_partitions)
            if (
                self._left
                and has_outputs
                and any(place.topic.endswith("feedback.events") for place in offsets)
            ):
                self._left -= 1
                self.held += 1
                await self.released.wait()
            await send_offsets(producer, offsets, group_id)

        monkeypatch.setattr(client, "send_offsets_to_transaction", held)
