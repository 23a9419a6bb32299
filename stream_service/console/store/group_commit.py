"""Many small writes in one transaction: whoever comes while one is under way goes with the next.

A commit waits for the disk; a thousand requests a second cannot each wait for their own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store.database import Database

Result = TypeVar("Result")
Work = Callable[[AsyncConnection], Awaitable[Result]]

_AT_ONCE = 200
"""So long that the disk is not waited for much, so short that other writers get their turn."""


class GroupCommit:
    """Does works together, in one transaction: all are committed, or none is.

    A loss of power may undo the last ones on SQLite: an event's id is derived from its key, so that
    a request that is repeated then is the same event still.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[bytes, Work[Any], asyncio.Future[Any]]] = []

    async def do(self, key: bytes, work: Work[Result]) -> Result:
        """Do ``work``; returns its result once it is committed.

        Works of a transaction are done in the order of their keys, so that two consoles of one
        database wait for each other and never each for the other. Raises DatabaseUnavailable.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, work, done))
        try:
            while not done.done():
                # Whoever has the turn does it for all who wait.
                async with self._turn:
                    if not done.done():
                        await self._commit_some()
        finally:
            self._waiting = [one for one in self._waiting if one[2] is not done]
        return done.result()

    async def _commit_some(self) -> None:
        taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
        taken.sort(key=lambda one: one[0])
        try:
            async with self._database.writing(durable=False) as connection:
                results = [await work(connection) for _, work, _ in taken]
        except BaseException as error:
            # Cancelled or failed: nothing of it is committed, and all who went along are told.
            reason = error if isinstance(error, Exception) else DatabaseUnavailable("interrupted")
            for _, _, done in taken:
                if not done.done():
                    done.set_exception(reason)
                    # Read by its owner, if that is still there.
                    done.exception()
            if not isinstance(error, Exception):
                raise
            return
        for (_, _, done), result in zip(taken, results, strict=True):
            if not done.done():
                done.set_result(result)
