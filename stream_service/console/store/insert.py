"""Inserting what is not there yet, on either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``; one whose primary key stands there already changes nothing."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


async def insert_or_replace(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], replaced: ColumnElement[bool]
) -> None:
    """Insert ``rows``; one whose primary key stands there replaces it where it is ``replaced``."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = list(table.primary_key.columns)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=keys,
            set_={
                column.name: statement.excluded[column.name]
                for column in table.c
                if column not in keys
            },
            where=replaced,
        ),
        rows,
    )


async def insert_if_new(connection: AsyncConnection, table: Table, row: Row) -> bool:
    """Insert one row; False when its primary key stands there already."""
    statement = _insert(connection, table).values(dict(row)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def add_to(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], summed: Sequence[str]
) -> None:
    """Insert ``rows``, or add the columns ``summed`` to the row that stands there."""
    if not rows:
        return
    statement = _insert(connection, table)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: table.c[name] + statement.excluded[name] for name in summed},
        ),
        rows,
    )


def _insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
