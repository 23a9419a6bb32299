"""Many small writes in one transaction: whoever comes while one is under way goes with the next.

A commit waits for the disk, and each statement for the database's own thread or for the network; a
thousand requests a second cannot each wait for their own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.store.database import Database

Request = TypeVar("Request")
Result = TypeVar("Result")

Works = Callable[[AsyncConnection, Sequence[Request]], Awaitable[Sequence[Result]]]
"""Does all requests of a transaction, in few statements; returns their results in their order."""

_AT_ONCE = 200
"""So long that the disk is not waited for much, so short that other writers get their turn."""


class GroupCommit(Generic[Request, Result]):
    """Does requests together, in one transaction: all are committed, or none is.

    A loss of power may undo the last ones on SQLite: it is for what may be done again.
    """

    def __init__(self, database: Database, works: Works[Request, Result]) -> None:
        self._database = database
        self._works = works
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Request, asyncio.Future[Result]]] = []

    async def do(self, request: Request) -> Result:
        """Do ``request``; returns its result once it is committed. Raises DatabaseUnavailable."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, done))
        try:
            while not done.done():
                # Whoever has the turn does it for all who wait.
                async with self._turn:
                    if not done.done():
                        await self._commit_some()
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not done]
        return done.result()

    async def _commit_some(self) -> None:
        taken: list[tuple[Request, asyncio.Future[Result]]] = []
        try:
            async with self._database.writing(durable=False) as connection:
                # Only now: whoever came while another writer had its turn goes along.
                taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                results = await self._works(connection, [request for request, _ in taken])
        except asyncio.CancelledError:
            # Whoever had the turn has gone: the others take it, or are told where work was begun.
            self._tell(taken, DatabaseUnavailable("interrupted"))
            raise
        except Exception as error:  # noqa: BLE001 - told to everybody who waits for it
            # Nothing of it is committed. Where there was no transaction at all, all waited for it.
            if not taken:
                taken, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            self._tell(taken, error)
            return
        for (_, done), result in zip(taken, results, strict=True):
            if not done.done():
                done.set_result(result)

    @staticmethod
    def _tell(taken: Sequence[tuple[Request, asyncio.Future[Result]]], error: Exception) -> None:
        for _, done in taken:
            if not done.done():
                done.set_exception(error)
                # Read by its owner, if that is still there.
                done.exception()
