"""Alembic's entry: runs on the connection, and in the transaction, that it is given."""

from alembic import context

from stream_service.console.store.own import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite alters hardly anything: a changed table is copied.
    render_as_batch=True,
)
context.run_migrations()
