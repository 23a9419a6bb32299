"""Building the projection anew."""

from sqlalchemy import delete

from stream_service.console.store import PROJECTED, Database


async def reset_projection(database: Database) -> None:
    """Empty every table that the topics give back, and their offsets.

    Whoever projects into the database, now or later, begins at the topics' starts. What people did
    (outbox, redrives, audit, tokens) stays. Raises DatabaseUnavailable.
    """
    async with database.writing() as connection:
        for table in PROJECTED:
            await connection.execute(delete(table))
