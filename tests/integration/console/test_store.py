"""The database: migrations, transactions, and what is said when it cannot be used."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, TextClause, func, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.queries.dead_letters import redriven_by_fault
from stream_service.console.store import Database, audit, redrives
from stream_service.console.store.engine import WRITES, new_engine
from stream_service.console.store.group_commit import GroupCommit
from stream_service.console.store.metadata import metadata
from stream_service.console.store.migrating import alembic_config


async def test_migrations_make_the_tables_that_the_code_means(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_totals_of_redrives_begin_with_those_that_are_known(database_url: str) -> None:
    engine = new_engine(database_url)

    def first_tables(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    async with engine.execution_options(**{WRITES: True}).begin() as connection:
        await connection.run_sync(first_tables)
        given = {"act_id": "a", "principal": "p", "edited": False, "redriven_ms": 1}
        rows = [
            {"partition": 0, "offset": number, "fault": fault, **given}
            for number, fault in enumerate(("not_json", "not_json", "not_utf8"))
        ]
        await connection.execute(insert(redrives), rows)
    await engine.dispose()
    database = await Database.open(database_url)
    async with database.reading() as connection:
        assert await redriven_by_fault(connection) == {"not_json": 2, "not_utf8": 1}
    await database.close()


async def test_a_second_start_finds_what_the_first_one_stored(database_url: str) -> None:
    first = await Database.open(database_url)
    await _audit(first)
    await first.close()
    second = await Database.open(database_url)
    assert await _count(second) == 1
    await second.close()


async def test_two_consoles_start_at_once_on_an_empty_database(database_url: str) -> None:
    opened = await asyncio.gather(*(Database.open(database_url) for _ in range(3)))
    for one in opened:
        await one.check()
        await one.close()


async def test_a_file_that_another_writes_to_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "console.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(Database.open(f"sqlite:///{path}"))
        done, _ = await asyncio.wait({opening}, timeout=0.5)
        assert not done
        another.execute("CREATE TABLE something (number INTEGER)")
        another.execute("COMMIT")
        async with asyncio.timeout(30):
            database = await opening
        await database.check()
        await database.close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as connection:
            await connection.execute(insert(audit).values(**_ROW))
            raise RuntimeError
    assert await _count(database) == 0


async def test_writers_of_two_consoles_wait_for_each_other(database_url: str) -> None:
    first, second = await Database.open(database_url), await Database.open(database_url)
    await asyncio.gather(*(_audit(one) for one in (first, second) for _ in range(20)))
    assert await _count(first) == 40
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    "url", ["", "mysql://localhost/console", "console.db", "postgresql://nobody@127.0.0.1:1/none"]
)
async def test_a_database_that_cannot_be_had_is_told(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"console\.database_url"):
        await Database.open(url)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "console.db"
    path.write_bytes(b"hello" * 1_000)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        await Database.open(f"sqlite:///{path}")


_ROW = {"at_ms": 1, "principal": "p", "action": "a", "subject": "s", "details": "{}"}


async def _audit(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(audit).values(**_ROW))


async def _count(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.scalar(select(func.count()).select_from(audit))) or 0


async def test_writes_that_come_together_are_committed_together(database: Database) -> None:
    transactions: list[int] = []

    async def write(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[int]:
        transactions.append(len(numbers))
        await connection.execute(insert(audit), [_ROW | {"at_ms": number} for number in numbers])
        return numbers

    commits = GroupCommit(database, write)
    done = await asyncio.gather(*(commits.do(number) for number in range(50)))
    assert done == list(range(50))
    assert await _count(database) == 50
    assert sum(transactions) == 50
    assert len(transactions) <= 3


async def test_of_writes_that_fail_together_none_is_there_and_all_are_told(
    database: Database,
) -> None:
    async def write(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[int]:
        await connection.execute(insert(audit), [_ROW for _ in numbers])
        if 3 in numbers:
            raise RuntimeError
        return numbers

    commits = GroupCommit(database, write)
    done = await asyncio.gather(
        *(commits.do(number) for number in range(5)), return_exceptions=True
    )
    assert [type(one) for one in done] == [RuntimeError] * 5
    assert await _count(database) == 0
    assert await commits.do(5) == 5


async def test_who_leaves_while_waiting_for_its_turn_takes_nobody_along(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")

    async def write(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[int]:
        await connection.execute(insert(audit), [_ROW for _ in numbers])
        return numbers

    commits = GroupCommit(database, write)
    async with database.writing():
        leaving, *others = [asyncio.create_task(commits.do(number)) for number in range(4)]
        await asyncio.sleep(0)
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
    assert await asyncio.gather(*others) == [1, 2, 3]
    assert await _count(database) == 3
    await database.close()


async def test_where_no_transaction_can_begin_all_who_wait_are_told(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")

    async def write(connection: AsyncConnection, numbers: Sequence[int]) -> Sequence[int]:
        await connection.execute(text("SELECT * FROM audit"))
        return numbers

    commits = GroupCommit(database, write)
    await database.close()
    (tmp_path / "console.db").unlink()
    (tmp_path / "console.db").mkdir()
    done = await asyncio.gather(
        *(commits.do(number) for number in range(5)), return_exceptions=True
    )
    assert [type(one) for one in done] == [DatabaseUnavailable] * 5


async def test_acts_wait_for_the_disk_and_what_topics_give_back_does_not(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/console.db")
    for durable, level in ((True, 2), (False, 1), (True, 2)):
        async with database.writing(durable=durable) as connection:
            assert await connection.scalar(text("PRAGMA synchronous")) == level
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_server_that_takes_no_connections_now_is_away_and_no_fault_of_ours(
    database: Database, database_url: str, postgres: Any
) -> None:
    """As one that shuts down does: it answers, and its answer is no loss of a connection."""
    name = make_url(database_url).database
    postgres.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false;")
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';"  # noqa: S608 - the test's own
    postgres.psql(ended)
    with pytest.raises(DatabaseUnavailable):
        await database.check()
    with pytest.raises(DatabaseUnavailable):
        async with database.writing():
            pass
    postgres.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true;")
    await database.check()


@pytest.mark.parametrize(
    "state",
    ["08006", "25006", "40001", "40P01", "53100", "53200", "53300", "55P03", "57P01", "58030"],
)
async def test_what_the_server_cannot_do_now_is_no_fault_of_a_statement(
    postgres: Any, state: str
) -> None:
    """A full disk ended the console: its relay took the error for one of its own."""
    database = await Database.open(str(postgres.get_uri()))
    try:
        for transaction in (database.reading, database.writing):
            with pytest.raises(DatabaseUnavailable):
                async with transaction() as connection:
                    await connection.execute(_raising(state))
    finally:
        await database.close()


@pytest.mark.parametrize("state", ["22012", "23505", "42601", "XX000"])
async def test_what_is_wrong_with_a_statement_is_told_as_it_is(postgres: Any, state: str) -> None:
    database = await Database.open(str(postgres.get_uri()))
    try:
        with pytest.raises(DBAPIError):
            async with database.writing() as connection:
                await connection.execute(_raising(state))
    finally:
        await database.close()


def _raising(state: str) -> TextClause:
    """The server answers with that error, as it does of itself when it is there."""
    return text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
